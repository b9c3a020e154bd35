// Rare states that a run of the simulator is asked to reach: a run that never denied a vote has not tested
// what denies one. sometimes() marks the line where the state is decided. In a normal build it does nothing;
// in the simulated one (KVBUS_SIMULATED, base/mutant.h) it counts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kvbus {

enum class Sometimes : std::uint8_t {
    // raft/election.cc
    pre_vote_denied_leader_alive,
    pre_vote_denied_stale_log,
    vote_denied_older_term,
    vote_denied_leader_alive,
    vote_denied_already_voted,
    vote_denied_leader_known,
    vote_denied_stale_log,
    vote_granted_again,
    vote_reply_too_late,
    campaign_lost,
    pre_vote_lost,
    candidate_tries_again,
    candidate_learns_of_newer_term,
    candidate_follows_elected_leader,
    leader_deposed_by_newer_term,
    promises_of_older_term_dropped,
    reads_lost_with_leadership,
    forwarded_reads_forgotten,
    quick_election_after_lost_leader,
    last_words_of_lost_leader_ignored,

    // raft/leadership.cc
    leader_steps_down_without_quorum,
    follower_reported_lost,

    // raft/core.cc
    started_with_uncommitted_entries,
    append_of_older_term_refused,
    heartbeat_of_older_term_refused,
    append_reply_of_older_term_ignored,
    reply_of_older_term_ignored,

    // raft/follower.cc
    append_rejected_gap,
    append_rejected_conflict,
    hint_jumps_over_a_term,
    conflicting_entries_truncated,
    delayed_shorter_append,

    // raft/log.cc
    truncation_of_durable_entries,
    truncation_of_in_flight_writes,
    log_window_let_go,

    // raft/persistence.cc
    several_writes_in_flight,
    several_writes_done_at_once,
    promises_with_nothing_to_store,

    // raft/progress.cc
    follower_window_full,
    old_acknowledgement_ignored,
    old_refusal_ignored,
    lost_append_shown_by_refusal,
    lost_append_resent,
    lost_probe_resent,
    lost_ack_asked_again,
    lost_follower_heard_again,

    // raft/replication.cc
    lost_ack_behind_the_window,
    fetch_started,
    fetch_across_leaders,
    fetch_answer_not_needed,
    fetch_answer_too_late,
    fetch_overtaken_by_compaction,
    commit_waits_for_own_term,
    proposal_refused_as_overload,

    // raft/snapshot.cc, raft/follower.cc, raft/log.cc
    snapshot_offered,
    newer_snapshot_offered,
    snapshot_not_needed,
    install_superseded,
    snapshot_installed,
    install_overtakes_writes,

    // raft/read_index.cc
    read_without_leader,
    read_forwarded,
    read_request_to_no_leader,
    read_reply_too_late,
    read_waits_for_own_term_commit,
    reads_wait_for_round_under_way,

    // machine/
    retry_answered_from_kept_outcome,
    stale_request_refused,
    session_forgotten_idle,
    sequences_out_of_order,
    removed_key_put_again,
    remove_of_missing_key,
    remove_of_empty_range,

    // node/
    malformed_client_frame,
    bad_peer_frame,
    request_refused_as_overload,
    write_refused_for_lack_of_space,
    greeting_answered,
    batch_split_into_several_entries,
    write_expired_at_leader,
    expired_write_applied_after_all,
    leader_change_with_unproposed_writes,
    leader_change_with_proposed_writes,
    held_write_taken_up_by_new_leader,
    promise_kept_too_late,
    forward_to_no_leader,
    forwarded_write_repeated,
    forwarded_write_refused,
    forwarded_answer_no_longer_wanted,
    forwarded_write_expired,
    write_expired_without_leader,
    reads_asked_again_after_leader_change,
    reads_asked_again_after_silence,
    read_expired,
    grant_no_longer_wanted,
    read_waits_for_the_map,
    promise_held_behind_earlier_write,
    watch_served_from_the_past,
    watch_reply_split_a_revision,
    watch_place_compacted,
    watch_from_the_future_waited,
    place_in_line_came_first,
    place_in_line_lost,
    place_in_line_timed_out,
    snapshot_superseded_while_taken,
    snapshot_put_off_while_fetched,
    chunk_of_a_snapshot_that_is_gone,
    chunk_asked_for_again,
    snapshot_holder_given_up,
    received_snapshot_refused,
    state_checked_too_late,
    state_check_waits_for_the_map,

    end
};

#ifdef KVBUS_SIMULATED
// How often each was reached; tests/simulated/sometimes.cc.
extern std::uint64_t sometimes_reached[static_cast<std::size_t>(Sometimes::end)];
inline void sometimes(Sometimes state) {
    ++sometimes_reached[static_cast<std::size_t>(state)];
}
#else
constexpr void sometimes(Sometimes) {}
#endif

}  // namespace kvbus
