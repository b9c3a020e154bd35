#include "support.h"

#include <algorithm>
#include <string>

#include "raft/invariants.h"

namespace kvbus::raft {

void PrintTo(const EntryId& id, std::ostream* out) {
    *out << describe(id);
}
void PrintTo(const Entry& entry, std::ostream* out) {
    *out << describe(entry);
}
void PrintTo(const Role& role, std::ostream* out) {
    *out << describe(NodeId{}, role);
}

}  // namespace kvbus::raft

namespace kvbus::raft::test {
namespace {

constexpr int steps_max = 10'000;

Config with_self(Config config, std::uint64_t self) {
    config.self = NodeId{self};
    return config;
}

Membership nodes_up_to(std::uint64_t count) {
    Membership membership;
    for (std::uint64_t id = 1; id <= count; ++id)
        membership.voters.push_back(NodeId{id});
    return membership;
}

scenario::MemoryDisk disk_of(const Setup& setup) {
    std::vector<Entry> entries = log_of(setup.log);
    const std::uint64_t last_term = entries.empty() ? 0 : entries.back().id.term.value;
    return {HardState{Term{std::max(setup.term, last_term)}, setup.vote, Index{setup.commit}},
            std::move(entries)};
}

bool asks_for_votes(const std::vector<Envelope>& outbox) {
    return std::ranges::any_of(
        outbox, [](const Envelope& e) { return std::holds_alternative<VoteRequest>(e.message.body); });
}

}  // namespace

EntryId at(std::uint64_t term, std::uint64_t index) {
    return {Term{term}, Index{index}};
}

Append append(EntryId previous, std::vector<Entry> entries, std::uint64_t commit) {
    return {.previous = previous, .commit = Index{commit}, .entries = std::move(entries)};
}

Entry entry(std::uint64_t term, std::uint64_t index, std::string_view data) {
    return {at(term, index), EntryType::commands, Blob::copy_of(data)};
}

std::vector<Entry> log_of(const std::vector<std::uint64_t>& terms) {
    std::vector<Entry> entries;
    for (const std::uint64_t term : terms)
        entries.push_back(entry(term, entries.size() + 1));
    return entries;
}

SnapshotMeta snapshot_of(NodeId holder, EntryId last) {
    return {.last = last, .membership = nodes_up_to(3), .holder = holder, .id = 100 + last.index.value};
}

Subject::Subject(const Setup& setup)
    : config_(with_self(setup.config, setup.self)),
      membership_(nodes_up_to(setup.nodes)),
      base_(setup.base),
      disk_(disk_of(setup)),
      now_(Instant{} + std::chrono::hours{1}),
      core_(config_, disk_.boot(membership_, base_), now_) {
    collect();
}

void Subject::begin_input() {
    outbox_.clear();
    grants_.clear();
    offer_.reset();
}

void Subject::collect() {
    Ready ready = core_.take();
    for (Envelope& envelope : ready.send)
        outbox_.push_back(std::move(envelope));
    if (ready.write) disk_.submit(std::move(*ready.write));
    for (Entry& entry : ready.apply)
        applied_.push_back(std::move(entry));
    grants_.insert(grants_.end(), ready.reads.begin(), ready.reads.end());
    fetches_.insert(fetches_.end(), ready.fetch.begin(), ready.fetch.end());
    if (ready.offer) offer_ = ready.offer;
    for (const std::string& sentence : violated_invariants(core_))
        ADD_FAILURE() << "does not hold: " << sentence;
}

void Subject::step(NodeId from, std::uint64_t term, const Body& body) {
    core_.step(now_, from, Message{Term{term}, body});
    collect();
}

void Subject::complete_one() {
    raft::Write write = disk_.complete_one();
    for (Envelope& promise : write.then_send)
        outbox_.push_back(std::move(promise));
    core_.persisted(now_, write.id);
    collect();
}

void Subject::receive(NodeId from, std::uint64_t term, Body body) {
    begin_input();
    step(from, term, body);
}

void Subject::ask(NodeId from, std::uint64_t term, Body body) {
    begin_input();
    step(from, term, body);
    while (!disk_.in_flight().empty())
        complete_one();
}

void Subject::pass(Duration duration) {
    begin_input();
    const Instant end = now_ + duration;
    for (int steps = 0; core_.deadline() <= end; ++steps) {
        if (steps == steps_max) throw scenario::Violation("the deadline does not move on");
        now_ = std::max(now_, core_.deadline());
        core_.tick(now_);
        collect();
    }
    now_ = end;
    core_.tick(now_);
    collect();
}

void Subject::time_out() {
    begin_input();
    const auto waits_for_its_own_vote = [&] {
        return kind() == RoleKind::candidate && !disk_.in_flight().empty();
    };
    for (int steps = 0; !asks_for_votes(outbox_) && !waits_for_its_own_vote(); ++steps) {
        if (steps == steps_max) throw scenario::Violation("no election starts");
        now_ = std::max(now_, core_.deadline());
        core_.tick(now_);
        collect();
    }
}

void Subject::persist() {
    begin_input();
    while (!disk_.in_flight().empty())
        complete_one();
}

void Subject::persist_one() {
    begin_input();
    complete_one();
}

void Subject::lose(NodeId peer) {
    begin_input();
    core_.peer_lost(now_, peer);
    collect();
}

void Subject::abstain(bool abstains) {
    begin_input();
    core_.abstain(now_, abstains);
    collect();
}

void Subject::restart() {
    begin_input();
    disk_.crash();
    ++config_.seed;
    core_ = Core(config_, disk_.boot(membership_, base_), now_);
    applied_.clear();
    fetches_.clear();
    collect();
}

Result<EntryId> Subject::propose(std::string_view data) {
    begin_input();
    const Blob blob = Blob::copy_of(data);
    Result<EntryId> result = core_.propose(now_, {&blob, 1});
    collect();
    return result;
}

Result<ReadId> Subject::read() {
    begin_input();
    Result<ReadId> result = core_.read(now_);
    collect();
    return result;
}

void Subject::answer_fetch() {
    begin_input();
    const LogFetch fetch = fetches_.front();
    fetches_.erase(fetches_.begin());
    core_.fetched(now_, fetch, disk_.read(fetch));
    collect();
}

SnapshotMeta Subject::publish(std::uint64_t drop_through) {
    begin_input();
    const SnapshotMeta snapshot{.last = disk_.durable().id_at(core_.status().commit),
                                .membership = membership_,
                                .holder = config_.self,
                                .id = core_.status().commit.value};
    core_.compacted(now_, snapshot, disk_.publish(snapshot, Index{drop_through}));
    collect();
    return snapshot;
}

bool Subject::install(const SnapshotMeta& snapshot) {
    begin_input();
    const bool installed = core_.install(now_, snapshot);
    collect();
    return installed;
}

void Subject::become_candidate() {
    time_out();
    while (!disk_.in_flight().empty())
        complete_one();
    const std::uint64_t needed = membership_.voters.size() / 2;
    std::uint64_t given = 0;
    for (const NodeId voter : membership_.voters) {
        if (voter == config_.self || given == needed) continue;
        ++given;
        step(voter, term() + 1, VoteReply{.pre = true, .granted = true});
    }
    while (!disk_.in_flight().empty())
        complete_one();
    if (kind() != RoleKind::candidate) throw scenario::Violation("did not become a candidate");
}

void Subject::become_leader() {
    become_candidate();
    const std::uint64_t needed = membership_.voters.size() / 2;
    std::uint64_t given = 0;
    for (const NodeId voter : membership_.voters) {
        if (voter == config_.self || given == needed) continue;
        ++given;
        step(voter, term(), VoteReply{.pre = false, .granted = true});
    }
    while (!disk_.in_flight().empty())
        complete_one();
    if (kind() != RoleKind::leader) throw scenario::Violation("did not become the leader");
}

void Subject::acknowledge(NodeId from, std::uint64_t match) {
    receive(from, term(), AppendReply{.accepted = true, .match = Index{match}, .hint = {}});
}

std::vector<Entry> Subject::entries_sent(NodeId to) const {
    std::vector<Entry> entries;
    for (const auto& append : sent<Append>(to)) {
        if (!entries.empty()) {
            EXPECT_EQ(append.body.previous, entries.back().id);
        }
        entries.insert(entries.end(), append.body.entries.begin(), append.body.entries.end());
    }
    return entries;
}

}  // namespace kvbus::raft::test
