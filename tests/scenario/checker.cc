#include "scenario/checker.h"

#include <algorithm>
#include <string>

#include "raft/invariants.h"
#include "raft/trace.h"

namespace kvbus::scenario {

using raft::number;

namespace {

template <class... Parts>
[[noreturn]] void violated(const Parts&... parts) {
    std::string text;
    ((text += parts), ...);
    throw Violation(text);
}

}  // namespace

Checker::Checker(std::span<const MemoryDisk> disks) : disks_(disks), applied_(disks.size()) {}

raft::EntryId Checker::committed_at(Index index) const {
    return !index || index.value > committed_.size() ? raft::EntryId{} : committed_[index.value - 1].id;
}

raft::EntryId Checker::id_at(const MemoryDisk::Stored& stored, Index index) const {
    return index < stored.log_start.index ? committed_at(index) : stored.id_at(index);
}

void Checker::core(NodeId node, const raft::Core& core) const {
    for (const std::string& sentence : raft::violated_invariants(core))
        violated("does not hold: ", sentence);
    if (const raft::Status status = core.status(); status.role.kind == raft::RoleKind::leader)
        check_matches(node, status);
}

// Log Matching, as a leader counts on it: what it takes for replicated, its follower has durable. Once a
// follower knows a newer term it may have replaced that.
void Checker::check_matches(NodeId leader, const raft::Status& status) const {
    for (const raft::FollowerStatus& follower : status.followers) {
        const MemoryDisk& disk = this->disk(follower.id);
        if (!follower.match || disk.written().hard_state.term > status.role.term) continue;
        if (id_at(disk.durable(), follower.match) != id_at(this->disk(leader).written(), follower.match)) {
            violated(number(leader), " takes entry ", number(follower.match), " for replicated at ",
                     number(follower.id), ", which has not stored it");
        }
    }
}

bool Checker::voted(NodeId voter, Term term, NodeId candidate) const {
    const auto vote = votes_.find({term, voter});
    return vote != votes_.end() && vote->second == candidate;
}

// Election Safety: "at most one leader can be elected in a given term", and by a majority of durable votes.
// Leader Completeness: "if a log entry is committed in a given term, then that entry will be present in the
// logs of the leaders for all higher-numbered terms". Votes that were long under way may still make a leader
// of a lower one.
void Checker::check_new_leader(NodeId node, Term term) const {
    std::size_t votes = 0;
    for (std::uint64_t voter = 1; voter <= disks_.size(); ++voter) {
        if (voted(NodeId{voter}, term, node)) ++votes;
    }
    // A node alone may lead at once, since nothing that it does counts before its disk has all of it.
    if (disks_.size() > 1 && votes < majority()) {
        violated(number(node), " leads term ", number(term), " with ", std::to_string(votes),
                 " durable votes");
    }
    const auto higher = std::ranges::lower_bound(committed_by_, term);
    const Index last{static_cast<std::uint64_t>(higher - committed_by_.begin())};
    if (last && id_at(disk(node).written(), last) != committed_at(last)) {
        violated(number(node), " leads term ", number(term), " without the committed entry ",
                 raft::describe(committed_at(last)));
    }
}

void Checker::role(NodeId node, const raft::Role& role) {
    if (role.kind != raft::RoleKind::leader) return;
    const auto [leader, is_new] = leaders_.emplace(role.term, node);
    if (leader->second != node) {
        violated(number(node), " and ", number(leader->second), " both lead term ", number(role.term));
    }
    if (!is_new) return;
    ++sightings_.leaders;
    check_new_leader(node, role.term);
}

void Checker::will_submit(NodeId node, const raft::Role& role, const raft::Write& write) {
    if (write.install) install(node, *write.install);
    if (write.truncate_from) {
        ++sightings_.truncations;
        if (*write.truncate_from > disk(node).durable().last()) ++sightings_.overtaken_writes;
        // Leader Append-Only: "a leader never overwrites or deletes entries in its log".
        if (role.kind == raft::RoleKind::leader) violated(number(node), " truncates its log while it leads");
        check_kept(node, *write.truncate_from);
    }
    // Log Matching: entries of the same index and term are the same, and so is all before them.
    if (write.append.empty()) return;
    const Index before = write.append.front().id.index - 1;
    const bool follows_install = write.install && before == write.install->snapshot.last.index;
    raft::EntryId previous =
        follows_install ? write.install->snapshot.last : id_at(disk(node).written(), before);
    for (const raft::Entry& entry : write.append) {
        const auto [known, is_new] =
            entries_.emplace(std::pair{entry.id.term, entry.id.index}, Origin{previous, entry});
        if (!is_new && (known->second.previous != previous || known->second.entry != entry)) {
            violated(number(node), " holds another entry ", raft::describe(entry), " after ",
                     raft::describe(previous));
        }
        previous = entry.id;
    }
}

// All from `first` on goes, and none of it may be committed.
void Checker::check_kept(NodeId node, Index first) const {
    const MemoryDisk::Stored& stored = disk(node).written();
    const Index last = std::min(stored.last(), Index{committed_.size()});
    for (Index index = first; index <= last; index = index + 1) {
        // Whoever is in a term before the one that committed it was not counted, and may follow its own
        // leader.
        const bool was_counted = stored.hard_state.term >= committed_by_[index.value - 1];
        if (was_counted && id_at(stored, index) == committed_at(index))
            violated(number(node), " drops the committed entry ", raft::describe(committed_at(index)));
    }
}

void Checker::install(NodeId node, const raft::Write::Install& install) {
    const raft::SnapshotMeta& snapshot = install.snapshot;
    Index& applied = applied_[node.value - 1];
    if (snapshot.last.index <= applied) {
        violated(number(node), " installs ", raft::describe(snapshot), " after it has applied up to ",
                 number(applied));
    }
    applied = snapshot.last.index;
    check_snapshot(node, snapshot);
    if (!install.keeps_log) check_kept(node, snapshot.last.index + 1);
    ++sightings_.installs;
}

void Checker::published(NodeId node, const raft::SnapshotMeta& snapshot) const {
    check_snapshot(node, snapshot);
}

// A snapshot is the state after a committed entry, which its node has reached.
void Checker::check_snapshot(NodeId node, const raft::SnapshotMeta& snapshot) const {
    if (snapshot.last.index > applied_by(node) || committed_at(snapshot.last.index) != snapshot.last)
        violated(number(node), " has ", raft::describe(snapshot), ", which it did not apply");
}

void Checker::completed(NodeId node, const raft::Write& write) {
    if (!write.hard_state || !write.hard_state->vote) return;
    const auto [vote, is_new] =
        votes_.emplace(std::pair{write.hard_state->term, node}, write.hard_state->vote);
    if (vote->second != write.hard_state->vote) {
        violated(number(node), " votes twice in term ", number(write.hard_state->term));
    }
}

// Nothing leaves a node before what it rests on is durable.
void Checker::will_send(NodeId from, const raft::Envelope& envelope) const {
    const Term term = envelope.message.term;
    const auto text = [&] { return raft::describe(from, envelope); };
    if (envelope.to == from || !envelope.to || envelope.to.value > disks_.size())
        violated("to nobody: ", text());
    const auto& body = envelope.message.body;
    if (const auto* reply = std::get_if<raft::VoteReply>(&body); reply && !reply->pre && reply->granted) {
        if (!voted(from, term, envelope.to)) violated("the vote is not durable: ", text());
    }
    if (const auto* request = std::get_if<raft::VoteRequest>(&body); request && !request->pre) {
        if (!voted(from, term, from)) violated("its own vote is not durable: ", text());
    }
    if (const auto* reply = std::get_if<raft::AppendReply>(&body); reply && reply->accepted) {
        check_acknowledgement(from, term, *reply);
    }
    if (const auto* offer = std::get_if<raft::InstallSnapshot>(&body)) check_snapshot(from, offer->snapshot);
    if (std::holds_alternative<raft::Append>(body) || std::holds_alternative<raft::Heartbeat>(body) ||
        std::holds_alternative<raft::InstallSnapshot>(body)) {
        const auto leader = leaders_.find(term);
        if (leader == leaders_.end() || leader->second != from) violated("it does not lead: ", text());
    }
}

void Checker::check_acknowledgement(NodeId from, Term term, const raft::AppendReply& reply) const {
    const std::string what =
        number(from) + " acknowledges entry " + number(reply.match) + " of term " + number(term);
    if (disk(from).durable().hard_state.term < term) violated(what, ", but the term is not durable");
    if (reply.match > disk(from).durable().last()) violated(what, ", but the entry is not durable");
    const auto leader = leaders_.find(term);
    if (leader == leaders_.end()) violated(what, ", but nobody leads that term");
    // Once deposed, the leader may have replaced its own entries; after a crash, it may have lost some.
    const MemoryDisk::Stored& of_leader = disk(leader->second).written();
    const bool is_comparable = of_leader.hard_state.term == term && reply.match <= of_leader.last();
    if (is_comparable && id_at(of_leader, reply.match) != id_at(disk(from).durable(), reply.match)) {
        violated(what, ", but has another entry there than the leader");
    }
}

// State Machine Safety: "if a server has applied a log entry at a given index …, no other server will ever
// apply a different log entry for the same index". And nothing is committed before a majority has it durable.
void Checker::check_commit(NodeId node, const raft::Entry& entry) const {
    const auto holders = static_cast<std::size_t>(std::ranges::count_if(
        disks_, [&](const MemoryDisk& d) { return id_at(d.durable(), entry.id.index) == entry.id; }));
    if (holders < majority()) {
        violated(number(node), " applies ", raft::describe(entry), ", which is durable on ",
                 std::to_string(holders), " nodes only");
    }
}

void Checker::applied(NodeId node, Term current, const raft::Entry& entry) {
    Index& applied = applied_[node.value - 1];
    if (entry.id.index != applied + 1) {
        violated(number(node), " applies ", raft::describe(entry), " after entry ", number(applied));
    }
    applied = entry.id.index;
    if (applied.value > committed_.size()) {
        check_commit(node, entry);
        committed_.push_back(entry);
        committed_by_.push_back(committed_by_.empty() ? current : std::max(committed_by_.back(), current));
    } else if (entry != committed_[applied.value - 1]) {
        violated(number(node), " applies ", raft::describe(entry), " where another node applied ",
                 raft::describe(committed_[applied.value - 1]));
    }
}

void Checker::restored(NodeId node, Index base) {
    if (base.value > committed_.size() || id_at(disk(node).durable(), base) != committed_at(base)) {
        violated(number(node), " takes up to ", raft::describe(id_at(disk(node).durable(), base)),
                 " for committed, which is not");
    }
    applied_[node.value - 1] = base;
    std::erase_if(reads_, [&](const auto& read) { return read.first.first == node; });
}

void Checker::read_started(NodeId node, raft::ReadId id) {
    if (!reads_.emplace(std::pair{node, id}, Index{committed_.size()}).second) {
        violated(number(node), " gives two reads the same id");
    }
}

// Thesis 6.4: a read sees all that was committed, anywhere, when it was asked for.
void Checker::read_granted(NodeId node, const raft::ReadGrant& grant) {
    const auto read = reads_.find({node, grant.id});
    if (read == reads_.end()) violated(number(node), " grants a read that was not asked for");
    if (grant.index < read->second) {
        violated(number(node), " grants a read at ", number(grant.index), ", but ", number(read->second),
                 " was committed when it was asked for");
    }
    if (grant.index.value > committed_.size()) {
        violated(number(node), " grants a read at ", number(grant.index), ", which is not committed");
    }
    reads_.erase(read);
    ++sightings_.reads;
}

}  // namespace kvbus::scenario
