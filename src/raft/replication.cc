#include "raft/replication.h"

#include <iterator>
#include <numeric>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "raft/leadership.h"
#include "raft/read_index.h"
#include "raft/snapshot.h"

namespace kvbus::raft {
namespace {

std::uint64_t bytes_of(const std::vector<Entry>& entries) {
    return std::accumulate(entries.begin(), entries.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Entry& entry) { return sum + entry.data.size(); });
}

void send_append(State& state, Progress& follower, EntryId previous, std::vector<Entry> entries) {
    const Index last = previous.index + entries.size();
    follower.told_commit = std::max(follower.told_commit, std::min(state.commit, last));
    state.send_to(follower.id(), Append{previous, state.commit, std::move(entries)});
}

// What to read from disk for a follower that has everything up to `previous`: that entry as well, since its
// term is wanted, unless it is the one before the log.
Index first_to_fetch(const State& state, Index previous) {
    return std::max(previous, state.log_start.index + 1);
}

// The entry before the next one has left the window: disk has it, or knows it, and all up to the window.
void fetch(State& state, Progress& follower) {
    const auto is_outstanding = [&](const LogFetch& fetch) { return fetch.follower == follower.id(); };
    if (std::ranges::any_of(state.fetching, is_outstanding))
        return sometimes(Sometimes::fetch_across_leaders);
    sometimes(Sometimes::fetch_started);
    const Index first = first_to_fetch(state, follower.next() - 1);
    const LogFetch fetch{follower.id(), first, state.log.base().index, state.config.append_bytes_max};
    follower.wait_for_fetch();
    state.fetching.push_back(fetch);
    state.fetches.push_back(fetch);
}

// Sends the next Append, if one may go out. False: that was all for now.
bool send_next(State& state, Progress& follower) {
    const Index first = follower.next();
    const bool has_news = first <= state.log.last().index;
    if (!has_news && follower.pace() != Pace::probe) return false;
    const std::uint64_t window_bytes = state.config.follower_window_bytes;
    const bool is_in_memory = first > state.log.base().index;
    // What has to be fetched is of unknown size, and waits until nothing is under way.
    const std::uint64_t first_bytes = !has_news      ? 0
                                      : is_in_memory ? state.log.at(first).data.size()
                                                     : window_bytes;
    if (!follower.may_send(first_bytes, window_bytes)) return false;

    const std::optional<Term> previous_term = state.log.term_of(first - 1);
    if (!previous_term) {
        const bool is_gone = first - 1 < state.log_start.index;
        is_gone ? wait_for_snapshot(state, follower) : fetch(state, follower);
        return false;
    }
    std::vector<Entry> entries;
    if (has_news) {
        const std::uint64_t room = window_bytes - std::min(window_bytes, follower.bytes_in_flight());
        entries = state.log.slice(first, std::min(state.config.append_bytes_max, room), append_entries_max);
    }
    follower.sent(first - 1 + entries.size(), bytes_of(entries));
    send_append(state, follower, {*previous_term, first - 1}, std::move(entries));
    return true;
}

// Asks a follower that has all that was sent to acknowledge it again.
void ask_again(State& state, Progress& follower) {
    const Index last = follower.next() - 1;
    const std::optional<Term> term = state.log.term_of(last);
    sometimes(term ? Sometimes::lost_ack_asked_again : Sometimes::lost_ack_behind_the_window);
    if (!term) return follower.send_again();  // has left the window: only a fetch can tell
    send_append(state, follower, {*term, last}, {});
}

void set_commit(State& state, Index commit) {
    state.leadership->uncommitted_bytes -= state.log.bytes_between(state.commit + 1, commit);
    state.commit = commit;
}

}  // namespace

void handle_append_reply(State& state, NodeId from, const AppendReply& reply) {
    if (reply.match > state.log.last().index) {
        ++state.ignored;
        return;
    }
    Progress& progress = *follower(state, from);
    if (reply.accepted) {
        const bool one_more = mutated(Mutant::match_off_by_one) && reply.match < state.log.last().index;
        progress.accepted(reply.match + (one_more ? 1 : 0));
        return advance_commit(state);
    }
    progress.rejected(reply.match, state.log.last_at_most(reply.hint).index);
}

void handle_heartbeat_reply(State& state, NodeId from, const HeartbeatReply& reply) {
    if (reply.round > state.leadership->round) {
        ++state.ignored;
        return;
    }
    Progress& progress = *follower(state, from);
    progress.acknowledged_round = std::max(progress.acknowledged_round, reply.round);
    if (progress.heartbeat_answered(reply.round, reply.last)) ask_again(state, progress);
    confirm_reads(state);
}

void send_appends(State& state, Progress& follower) {
    while (send_next(state, follower)) {
    }
}

// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term ==
// currentTerm: set commitIndex = N" (Figure 2; why the term matters: 5.4.2). The leader's own match is what
// its own disk has.
void advance_commit(State& state) {
    const Index reached = reached_by_majority(state.membership, [&](NodeId voter) {
        const bool counts_unsynced = mutated(Mutant::leader_counts_itself_before_sync);
        const Index own = counts_unsynced ? state.log.last().index : state.log.durable();
        return voter == state.config.self ? own : follower(state, voter)->match();
    });
    if (reached <= state.commit) return;
    const bool of_own_term = state.log.term_of(reached) == state.term;
    if (!of_own_term) sometimes(Sometimes::commit_waits_for_own_term);
    if (of_own_term || mutated(Mutant::commit_old_term_by_counting)) set_commit(state, reached);
}

Result<EntryId> append_batches(State& state, std::span<const Blob> batches) {
    if (!state.leadership) {
        return Error{Code::unavailable, "this node does not lead the cluster; send the write to the leader"};
    }
    std::uint64_t bytes = state.leadership->uncommitted_bytes;
    const bool is_clear = bytes == 0;
    for (const Blob& batch : batches)
        bytes += batch.size();
    if (!is_clear && bytes > state.config.uncommitted_bytes_max) {
        sometimes(Sometimes::proposal_refused_as_overload);
        return Error{Code::overloaded, "too many writes wait to be committed; try again later"};
    }
    state.leadership->uncommitted_bytes = bytes;
    const EntryId first{state.term, state.log.last().index + 1};
    for (const Blob& batch : batches) {
        state.log.append({{state.term, state.log.last().index + 1}, EntryType::commands, batch});
    }
    return first;
}

void handle_fetched(State& state, const LogFetch& fetch, std::vector<Entry> entries) {
    const auto outstanding = std::ranges::find_if(state.fetching, [&](const LogFetch& other) {
        return other.follower == fetch.follower && other.first == fetch.first && other.last == fetch.last;
    });
    if (outstanding == state.fetching.end()) return;
    state.fetching.erase(outstanding);
    Progress* progress = follower(state, fetch.follower);
    if (progress == nullptr || progress->pace() != Pace::fetch)
        return sometimes(Sometimes::fetch_answer_too_late);

    const Index previous = progress->next() - 1;
    if (fetch.first != first_to_fetch(state, previous)) {
        const bool is_gone = fetch.first <= state.log_start.index;
        sometimes(is_gone ? Sometimes::fetch_overtaken_by_compaction : Sometimes::fetch_answer_not_needed);
        return progress->fetched(false);  // it got further meanwhile, or the log was cut
    }
    progress->fetched(true);
    for (std::size_t i = 0; i < entries.size(); ++i)
        KV_CHECK(entries[i].id.index == fetch.first + i);

    const std::size_t previous_count = fetch.first == previous ? 1 : 0;
    if (entries.size() <= previous_count) return;  // asked for again when the follower answers a heartbeat
    const EntryId previous_id = previous_count == 1 ? entries.front().id : state.log_start;
    entries.resize(std::min(entries.size(), append_entries_max + previous_count));
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(previous_count));
    send_append(state, *progress, previous_id, std::move(entries));
}

}  // namespace kvbus::raft
