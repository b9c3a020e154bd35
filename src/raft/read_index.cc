#include "raft/read_index.h"

#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::raft {
namespace {

constexpr std::size_t forwarded_reads_max = 4096;  // more than that were lost, not delayed

}  // namespace

Result<ReadId> start_read(State& state) {
    if (!state.leader) {
        sometimes(Sometimes::read_without_leader);
        return Error{Code::unavailable, "no leader is known; try again in a moment"};
    }
    state.last_read = ReadId{state.last_read.value + 1};
    if (state.leadership) {
        state.leadership->waiting_reads.push_back({state.config.self, state.last_read});
        return state.last_read;
    }
    sometimes(Sometimes::read_forwarded);
    if (state.forwarded_reads.size() == forwarded_reads_max) state.forwarded_reads.pop_front();
    state.forwarded_reads.push_back(state.last_read);
    state.send_to(state.leader, ReadRequest{state.last_read});
    return state.last_read;
}

void handle_read_request(State& state, NodeId from, const ReadRequest& request) {
    if (!state.leadership) return sometimes(Sometimes::read_request_to_no_leader);
    state.leadership->waiting_reads.push_back({from, request.id});
}

void handle_read_reply(State& state, NodeId from, const ReadReply& reply) {
    const auto waiting = std::ranges::find(state.forwarded_reads, reply.id);
    if (from != state.leader || waiting == state.forwarded_reads.end())
        return sometimes(Sometimes::read_reply_too_late);
    state.forwarded_reads.erase(waiting);
    state.grants.push_back({reply.id, reply.index});
}

bool start_read_round(State& state) {
    Leadership& leadership = *state.leadership;
    if (leadership.waiting_reads.empty()) return false;
    if (leadership.read_round) {
        sometimes(Sometimes::reads_wait_for_round_under_way);
        return false;
    }
    // "the leader must have the latest information on which entries are committed": it does once it has
    // committed an entry of its own term (6.4).
    const bool knows_commit = state.log.term_of(state.commit) == state.term;
    if (!knows_commit) sometimes(Sometimes::read_waits_for_own_term_commit);
    if (!knows_commit && !mutated(Mutant::read_index_without_own_term_commit)) return false;
    leadership.read_round = {++leadership.round, state.commit, std::exchange(leadership.waiting_reads, {})};
    confirm_reads(state);
    return true;
}

void confirm_reads(State& state) {
    Leadership& leadership = *state.leadership;
    if (!leadership.read_round) return;
    const std::uint64_t acknowledged = reached_by_majority(state.membership, [&](NodeId voter) {
        if (voter == state.config.self) return leadership.round;
        const auto& all = leadership.followers;
        const auto answered = mutated(Mutant::duplicate_read_acks)
                                  ? std::ranges::max_element(all, {}, &Progress::acknowledged_round)
                                  : std::ranges::find(all, voter, &Progress::id);
        return answered->acknowledged_round;
    });
    if (acknowledged < leadership.read_round->round) return;
    const ReadRound round = *std::exchange(leadership.read_round, std::nullopt);
    for (const WaitingRead& read : round.reads) {
        if (read.node == state.config.self) {
            state.grants.push_back({read.id, round.index});
        } else {
            state.send_to(read.node, ReadReply{read.id, round.index});
        }
    }
}

}  // namespace kvbus::raft
