// Bugs that the simulator can switch on, to prove that it would find them. Each stands as one line at the
// place where a person could write it. A normal build has none: mutated() is the constant false there, and
// the line vanishes. KVBUS_SIMULATED is defined in the simulated build of the libraries only (kvbus_library
// in CMakeLists.txt); what each mutant does wrong is told in tests/simulated/mutants.cc.
#pragma once

#include <cstdint>

namespace kvbus {

enum class Mutant : std::uint8_t {
    none,

    // What must be durable before it is said.
    append_ack_before_sync,
    vote_reply_before_sync,
    vote_request_before_own_vote_is_durable,
    leader_counts_itself_before_sync,
    truncation_does_not_clip_in_flight,
    promises_sent_out_of_order,
    promise_of_older_term_kept,
    last_entry_lost_on_restart,  // in the simulated disk, as the next one
    sync_retried_after_error,

    // Elections.
    no_log_check_on_vote,
    length_only_log_check,
    double_vote,
    duplicate_votes,
    stale_term_votes,
    quorum_n_over_2,
    no_no_op_on_election,

    // Replication.
    commit_old_term_by_counting,
    unconditional_truncation,
    no_previous_term_check,
    match_off_by_one,
    append_from_lower_term,
    commit_beyond_verified_prefix,
    stale_term_append_ack,

    // Snapshots.
    snapshot_acknowledged_before_install_is_durable,
    install_goes_back,

    // Reads.
    local_read,
    read_index_without_own_term_commit,
    duplicate_read_acks,
    read_granted_before_applied,

    // Writes, once and only once.
    session_forgets_outcome,
    forwarded_write_sent_twice,
    forward_ids_begin_anew,
    refusal_of_a_copy_believed,
    outcome_failed_though_proposed,
    stopped_process_goes_on,
    retry_without_its_answer,

    // What ends with time.
    lease_on_wall_clock,
    old_leaders_expiry_accepted,
    full_batch_of_an_earlier_time,
    clock_goes_back_with_the_first_commit,
    keep_alive_without_effect,
    ttl_outlives_overwrite,

    // Watches and locks.
    watch_resume_off_by_one,
    campaign_ignores_the_line,

    // Snapshots.
    sessions_missing_from_snapshot,
    history_missing_from_snapshot,
    deadlines_missing_from_snapshot,
    image_tells_what_came_later,
    image_without_what_went_meanwhile,
    snapshot_at_later_index_than_said,
    revision_of_the_machine_before,
    snapshot_published_before_chunks_are_durable,  // in the simulated disk

    // One replica is not as the others.
    state_differs_on_one_node,

    // Of features to come.
    configuration_missing_from_snapshot,
    joint_consensus_with_one_majority,
    applied_index_outside_the_batch,
};

#ifdef KVBUS_SIMULATED
extern Mutant mutant_at_work;  // tests/simulated/mutants.cc
[[nodiscard]] inline bool mutated(Mutant mutant) {
    return mutant_at_work == mutant;
}
#else
[[nodiscard]] constexpr bool mutated(Mutant) {
    return false;
}
#endif

}  // namespace kvbus
