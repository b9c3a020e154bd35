#include "raft/core.h"

#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "raft/election.h"
#include "raft/follower.h"
#include "raft/leadership.h"
#include "raft/persistence.h"
#include "raft/read_index.h"
#include "raft/replication.h"
#include "raft/snapshot.h"
#include "raft/state.h"
#include "raft/validate.h"

namespace kvbus::raft {
namespace {

void check(const Config& config, const Boot& boot) {
    const std::vector<NodeId>& voters = boot.membership.voters;
    KV_CHECK(std::ranges::is_sorted(voters, std::less_equal<>{}) && voters.size() <= voters_max);
    KV_CHECK(std::ranges::binary_search(voters, config.self), "a node must be one of its cluster's voters");
    KV_CHECK(config.election_timeout_min <= config.election_timeout_max);
    KV_CHECK(config.heartbeat_interval < config.election_timeout_min);
    KV_CHECK(boot.base.index <= boot.hard_state.commit);
    const Index covered = boot.snapshot ? boot.snapshot->last.index : Index{};
    KV_CHECK(boot.log_start.index <= covered && covered <= boot.base.index,
             "a snapshot covers what is gone from the log, and was applied");
}

// The nodes of a cluster may share a seed, and must still not draw the same timeouts.
Random random_of(const Config& config) {
    return Random{config.seed ^ (config.self.value * 0x9e3779b97f4a7c15)};
}

// Never the ids of the process before: an answer to one of its reads may still be under way.
ReadId first_read_of(const Config& config, Instant now) {
    Random random{random_of(config).next() ^ static_cast<std::uint64_t>(now.time_since_epoch().count())};
    return ReadId{random.next() >> 1};
}

// Elections have rules of their own for terms (election.cc).
void receive(State& state, NodeId from, Term term, const VoteRequest& request) {
    handle_vote_request(state, from, term, request);
}
void receive(State& state, NodeId from, Term term, const VoteReply& reply) {
    handle_vote_reply(state, from, term, reply);
}

// "Reply false if term < currentTerm" (Figure 2). The newer term in the answer is all that the sender needs.
// It answers nothing else: the sender may lead that newer term by now, and must not take it for an
// acknowledgement there.
void answer_stale(State&, NodeId, const auto&) {
    sometimes(Sometimes::reply_of_older_term_ignored);
}
void answer_stale(State& state, NodeId from, const AppendReply& reply) {
    sometimes(Sometimes::append_reply_of_older_term_ignored);
    if (mutated(Mutant::stale_term_append_ack) && state.leadership) handle_append_reply(state, from, reply);
}
void answer_stale(State& state, NodeId from, const Append& append) {
    sometimes(Sometimes::append_of_older_term_refused);
    if (mutated(Mutant::append_from_lower_term)) return handle_append(state, from, append);
    state.send_to(from, AppendReply{});
}
void answer_stale(State& state, NodeId from, const Heartbeat&) {
    sometimes(Sometimes::heartbeat_of_older_term_refused);
    state.send_to(from, HeartbeatReply{});
}
void answer_stale(State& state, NodeId from, const InstallSnapshot&) {
    state.send_to(from, AppendReply{});
}

void handle(State& state, NodeId from, const Append& append) {
    handle_append(state, from, append);
}
void handle(State& state, NodeId from, const Heartbeat& heartbeat) {
    handle_heartbeat(state, from, heartbeat);
}
void handle(State& state, NodeId from, const InstallSnapshot& request) {
    handle_install_snapshot(state, from, request);
}
void handle(State& state, NodeId from, const AppendReply& reply) {
    if (state.leadership) handle_append_reply(state, from, reply);
}
void handle(State& state, NodeId from, const HeartbeatReply& reply) {
    if (state.leadership) handle_heartbeat_reply(state, from, reply);
}
void handle(State& state, NodeId from, const ReadRequest& request) {
    handle_read_request(state, from, request);
}
void handle(State& state, NodeId from, const ReadReply& reply) {
    handle_read_reply(state, from, reply);
}

void receive(State& state, NodeId from, Term term, const auto& body) {
    if (term < state.term) return answer_stale(state, from, body);
    // "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to follower"
    // (Figure 2).
    if (term > state.term) become_follower(state, term);
    if (Progress* progress = follower(state, from)) progress->hear(state.now);
    handle(state, from, body);
}

// What a leader has to say, all inputs of the turn considered.
void lead(State& state) {
    const bool round_started = start_read_round(state);
    for (Progress& progress : state.leadership->followers) {
        send_appends(state, progress);
        // Followers answer reads too, so they learn of a new commit index at once: with the entries, if any
        // go out.
        const bool has_news = std::min(state.commit, progress.match()) > progress.told_commit;
        if (round_started || has_news) send_heartbeat(state, progress);
    }
}

std::vector<Entry> take_committed(State& state) {
    std::vector<Entry> entries = state.log.range(state.applied + 1, state.commit);
    state.applied = state.commit;
    return entries;
}

std::optional<Role> take_role(State& state) {
    if (state.role() == state.told_role) return std::nullopt;
    return state.told_role = state.role();
}

}  // namespace

Core::State::State(const Config& config, Boot boot, Instant now)
    : config(config),
      membership(std::move(boot.membership)),
      random(random_of(config)),
      now(now),
      term(boot.hard_state.term),
      vote(boot.hard_state.vote),
      log(boot.base, std::move(boot.entries)),
      log_start(boot.log_start),
      commit(boot.hard_state.commit),
      applied(boot.base.index),
      last_read(first_read_of(config, now)),
      snapshot(std::move(boot.snapshot)) {
    KV_CHECK(commit <= log.last().index && log.last().term <= term);
    if (commit < log.last().index) sometimes(Sometimes::started_with_uncommitted_entries);
    persistence.told = boot.hard_state;
    told_role = role();
}

Core::Core(const Config& config, Boot boot, Instant now) {
    check(config, boot);
    state_ = std::make_unique<State>(config, std::move(boot), now);
    wait_for_leader(*state_);
}

Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;
Core::~Core() = default;

void Core::step(Instant now, NodeId from, const Message& message) {
    State& state = *state_;
    state.advance(now);
    if (!state.is_peer(from) || !is_well_formed(message)) {
        ++state.ignored;
        return;
    }
    std::visit([&](const auto& body) { receive(state, from, message.term, body); }, message.body);
}

void Core::tick(Instant now) {
    State& state = *state_;
    state.advance(now);
    if (state.leadership) {
        lead_by_clock(state);
    } else {
        campaign_if_due(state);
    }
}

Instant Core::deadline() const {
    return state_->leadership ? leader_deadline(*state_) : state_->election.deadline;
}

Result<EntryId> Core::propose(Instant now, std::span<const Blob> batches) {
    state_->advance(now);
    return append_batches(*state_, batches);
}

Result<ReadId> Core::read(Instant now) {
    state_->advance(now);
    return start_read(*state_);
}

void Core::persisted(Instant now, WriteId through) {
    state_->advance(now);
    finish_writes(*state_, through);
    count_own_vote(*state_);
    if (state_->leadership) advance_commit(*state_);
}

void Core::fetched(Instant now, const LogFetch& fetch, std::vector<Entry> entries) {
    state_->advance(now);
    handle_fetched(*state_, fetch, std::move(entries));
}

void Core::compacted(Instant now, const SnapshotMeta& snapshot, EntryId log_start) {
    state_->advance(now);
    compact(*state_, snapshot, log_start);
}

bool Core::install(Instant now, const SnapshotMeta& snapshot) {
    state_->advance(now);
    return install_snapshot(*state_, snapshot);
}

void Core::abstain(Instant now, bool abstains) {
    State& state = *state_;
    state.advance(now);
    state.election.abstains = abstains;
    if (abstains && state.kind != RoleKind::follower) become_follower(state, state.term);
}

void Core::peer_lost(Instant now, NodeId peer) {
    State& state = *state_;
    state.advance(now);
    if (!state.is_peer(peer)) return;
    if (peer == state.leader) return leader_lost(state);
    follower_lost(state, peer);
}

Ready Core::take() {
    State& state = *state_;
    if (state.leadership) lead(state);
    Ready ready;
    ready.send = std::exchange(state.send, {});
    ready.write = take_write(state);
    ready.apply = take_committed(state);
    ready.reads = std::exchange(state.grants, {});
    ready.fetch = std::exchange(state.fetches, {});
    ready.offer = take_offer(state);
    ready.role = take_role(state);
    state.log.shrink(state.applied, state.config.log_window_bytes);
    return ready;
}

Status Core::status() const {
    const State& state = *state_;
    Status status{.role = state.role(),
                  .commit = state.commit,
                  .last = state.log.last().index,
                  .durable = state.log.durable(),
                  .ignored = state.ignored,
                  .followers = {},
                  .snapshot = state.snapshot ? state.snapshot->last.index : Index{},
                  .log_start = state.log_start.index};
    if (!state.leadership) return status;
    for (const Progress& progress : state.leadership->followers) {
        const bool heard_lately =
            !progress.is_lost() && state.now - progress.heard() < state.config.election_timeout_min;
        status.followers.push_back({.id = progress.id(),
                                    .match = progress.match(),
                                    .next = progress.next(),
                                    .heard_lately = heard_lately,
                                    .needs_snapshot = progress.pace() == Pace::snapshot});
    }
    return status;
}

Role Core::role() const {
    return state_->role();
}

const Membership& Core::membership() const {
    return state_->membership;
}

const Core::State& Core::state() const {
    return *state_;
}

}  // namespace kvbus::raft
