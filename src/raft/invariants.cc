#include "raft/invariants.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "raft/persistence.h"

namespace kvbus::raft {
namespace {

class Report {
  public:
    void expect(bool holds, std::string_view sentence) {
        if (!holds) violated_.emplace_back(sentence);
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(violated_); }

  private:
    std::vector<std::string> violated_;
};

void check_log(const State& state, Report& report) {
    const Log& log = state.log;
    bool contiguous = true;
    bool ascending = true;
    EntryId before = log.base();
    for (Index index = log.base().index + 1; index <= log.last().index; index = index + 1) {
        const EntryId id = log.at(index).id;
        contiguous = contiguous && id.index == before.index + 1;
        ascending = ascending && id.term >= before.term;
        before = id;
    }
    report.expect(contiguous, "the indexes in the log are contiguous");
    report.expect(ascending, "the terms in the log never decrease");
    report.expect(log.last().term <= state.term, "the terms in the log do not exceed the current term");
    report.expect(log.base().index <= state.applied, "what has left the window was applied before");
    report.expect(state.applied <= state.commit, "only committed entries are applied");
    report.expect(state.commit <= log.last().index, "only entries in the log are committed");
}

void check_snapshot(const State& state, Report& report) {
    const Index covered = state.snapshot ? state.snapshot->last.index : Index{};
    report.expect(state.log_start.index <= covered, "what is gone from the disk is covered by a snapshot");
    report.expect(covered <= state.applied, "a snapshot covers only what was applied");
    report.expect(!state.install || state.install->snapshot == state.snapshot,
                  "what is to be installed is the snapshot that counts");
}

// Until the write of an install is durable, the base may be ahead of what is.
bool base_will_be_durable(const State& state) {
    const auto reaches_base = [&](const Log::InFlight& write) {
        return write.last >= state.log.base().index;
    };
    return state.install || std::ranges::any_of(state.log.in_flight(), reaches_base);
}

void check_disk(const State& state, Report& report) {
    const Log& log = state.log;
    const Persistence& disk = state.persistence;
    report.expect(log.base().index <= log.durable() || base_will_be_durable(state),
                  "what has left the window is durable, or will be with an install that is under way");
    report.expect(log.base().index <= log.told(), "the disk was told of what has left the window");
    report.expect(log.durable() <= log.told(), "only what the disk was told can be durable");
    report.expect(log.told() <= log.last().index, "the disk was not told of entries that are not in the log");

    const auto& writes = log.in_flight();
    report.expect(std::ranges::is_sorted(writes, std::less_equal<>{}, &Log::InFlight::id),
                  "the ids of the writes in flight ascend");
    report.expect(std::ranges::all_of(writes, [&](const auto& write) { return write.last <= log.told(); }),
                  "no write in flight counts for more than the disk was told");
    report.expect(writes.size() == disk.issued.value - disk.done.value,
                  "each write that was handed out and is not durable is in flight");
    report.expect(disk.told.term <= state.term, "the disk was not told of a term that is not reached");
    report.expect(disk.told.commit <= state.commit,
                  "the disk was not told of a commit index that is not reached");
    report.expect(
        std::ranges::all_of(state.promises,
                            [&](const Envelope& promise) { return promise.message.term == state.term; }),
        "what is promised is promised in the current term");
    report.expect(disk.told.term != state.term || !disk.told.vote || disk.told.vote == state.vote,
                  "a vote is never taken back");
}

void check_role(const State& state, Report& report) {
    const bool leads = state.kind == RoleKind::leader;
    const bool campaigns = state.kind == RoleKind::candidate || state.kind == RoleKind::pre_candidate;
    report.expect(leads == state.leadership.has_value(),
                  "a leader, and nobody else, keeps track of followers");
    report.expect(leads == (state.leader == state.config.self), "a node is its own leader when it leads");
    report.expect(!campaigns || !state.leader, "a candidate knows no leader");
    report.expect(state.kind != RoleKind::candidate || state.vote == state.config.self,
                  "a candidate votes for itself");
    report.expect(!leads || state.vote == state.config.self, "a leader voted for itself");
    report.expect(!state.leader || state.leader == state.config.self || state.is_peer(state.leader),
                  "the leader is a voter");
}

void check_progress(const State& state, const Progress& progress, Report& report) {
    report.expect(progress.match() < progress.next(), "a follower is sent only what it is not known to have");
    report.expect(progress.match() <= state.log.last().index, "no follower matches beyond the leader's log");
    report.expect(progress.next() <= state.log.last().index + 1,
                  "no follower was sent what is not in the log");
    report.expect(progress.acknowledged_round <= state.leadership->round,
                  "no follower answers a round not sent");
    report.expect(progress.told_commit <= state.commit,
                  "no follower was told of a commit index that is not reached");
    report.expect(progress.pace() == Pace::replicate || progress.is_idle(),
                  "only a replicating follower has entries in flight");
    report.expect(!progress.is_idle() || progress.bytes_in_flight() == 0, "an empty window holds no bytes");
}

void check_leader(const State& state, Report& report) {
    const Leadership& leadership = *state.leadership;
    const Log& log = state.log;
    report.expect(hard_state_is_durable(state), "a leader's own vote is durable");
    report.expect(log.last().term == state.term, "a leader's log ends with an entry of its own term");
    report.expect(leadership.followers.size() + 1 == state.membership.voters.size(),
                  "a leader knows all voters");
    report.expect(leadership.uncommitted_bytes == log.bytes_between(state.commit + 1, log.last().index),
                  "the uncommitted bytes are those of the entries after the commit index");
    for (const Progress& progress : leadership.followers)
        check_progress(state, progress, report);
    if (!leadership.read_round) return;
    report.expect(leadership.read_round->round <= leadership.round, "a read waits for a round that was sent");
    report.expect(log.term_of(state.commit) == state.term,
                  "reads are granted only after an entry of the leader's own term is committed");
}

}  // namespace

std::vector<std::string> violated_invariants(const Core& core) {
    const State& state = core.state();
    Report report;
    check_log(state, report);
    check_snapshot(state, report);
    check_disk(state, report);
    check_role(state, report);
    if (state.leadership) check_leader(state, report);
    return report.take();
}

}  // namespace kvbus::raft
