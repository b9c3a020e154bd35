#include "simulated/sometimes.h"

#include <algorithm>
#include <array>

namespace kvbus {

std::uint64_t sometimes_reached[static_cast<std::size_t>(Sometimes::end)];

namespace simulated {
namespace {

constexpr std::array table = std::to_array<SometimesInfo>({
    {Sometimes::pre_vote_denied_leader_alive, "pre-vote-denied-leader-alive"},
    {Sometimes::pre_vote_denied_stale_log, "pre-vote-denied-stale-log"},
    {Sometimes::vote_denied_older_term, "vote-denied-older-term"},
    {Sometimes::vote_denied_leader_alive, "vote-denied-leader-alive"},
    {Sometimes::vote_denied_already_voted, "vote-denied-already-voted"},
    {Sometimes::vote_denied_leader_known, "vote-denied-leader-known"},
    {Sometimes::vote_denied_stale_log, "vote-denied-stale-log"},
    {Sometimes::vote_granted_again, "vote-granted-again"},
    {Sometimes::vote_reply_too_late, "vote-reply-too-late"},
    {Sometimes::campaign_lost, "campaign-lost"},
    {Sometimes::pre_vote_lost, "pre-vote-lost"},
    {Sometimes::candidate_tries_again, "candidate-tries-again"},
    {Sometimes::candidate_learns_of_newer_term, "candidate-learns-of-newer-term"},
    {Sometimes::candidate_follows_elected_leader, "candidate-follows-elected-leader"},
    {Sometimes::leader_deposed_by_newer_term, "leader-deposed-by-newer-term"},
    {Sometimes::promises_of_older_term_dropped, "promises-of-older-term-dropped"},
    {Sometimes::reads_lost_with_leadership, "reads-lost-with-leadership"},
    {Sometimes::forwarded_reads_forgotten, "forwarded-reads-forgotten"},
    {Sometimes::quick_election_after_lost_leader, "quick-election-after-lost-leader"},
    {Sometimes::last_words_of_lost_leader_ignored, "last-words-of-lost-leader-ignored"},

    {Sometimes::leader_steps_down_without_quorum, "leader-steps-down-without-quorum"},
    {Sometimes::follower_reported_lost, "follower-reported-lost"},

    {Sometimes::started_with_uncommitted_entries, "started-with-uncommitted-entries"},
    {Sometimes::append_of_older_term_refused, "append-of-older-term-refused"},
    {Sometimes::heartbeat_of_older_term_refused, "heartbeat-of-older-term-refused"},
    {Sometimes::append_reply_of_older_term_ignored, "append-reply-of-older-term-ignored"},
    {Sometimes::reply_of_older_term_ignored, "reply-of-older-term-ignored"},

    {Sometimes::append_rejected_gap, "append-rejected-gap"},
    {Sometimes::append_rejected_conflict, "append-rejected-conflict"},
    {Sometimes::hint_jumps_over_a_term, "hint-jumps-over-a-term"},
    {Sometimes::conflicting_entries_truncated, "conflicting-entries-truncated"},
    {Sometimes::delayed_shorter_append, "delayed-shorter-append"},

    {Sometimes::truncation_of_durable_entries, "truncation-of-durable-entries"},
    {Sometimes::truncation_of_in_flight_writes, "truncation-of-in-flight-writes"},
    {Sometimes::log_window_let_go, "log-window-let-go"},

    {Sometimes::several_writes_in_flight, "several-writes-in-flight"},
    {Sometimes::several_writes_done_at_once, "several-writes-done-at-once"},
    {Sometimes::promises_with_nothing_to_store, "promises-with-nothing-to-store"},

    {Sometimes::follower_window_full, "follower-window-full"},
    {Sometimes::old_acknowledgement_ignored, "old-acknowledgement-ignored"},
    {Sometimes::old_refusal_ignored, "old-refusal-ignored"},
    {Sometimes::lost_append_shown_by_refusal, "lost-append-shown-by-refusal"},
    {Sometimes::lost_append_resent, "lost-append-resent"},
    {Sometimes::lost_probe_resent, "lost-probe-resent"},
    {Sometimes::lost_ack_asked_again, "lost-ack-asked-again"},
    {Sometimes::lost_follower_heard_again, "lost-follower-heard-again"},

    {Sometimes::lost_ack_behind_the_window, "lost-ack-behind-the-window"},
    {Sometimes::fetch_started, "fetch-started"},
    {Sometimes::fetch_across_leaders, "fetch-across-leaders"},
    {Sometimes::fetch_answer_not_needed, "fetch-answer-not-needed"},
    {Sometimes::fetch_answer_too_late, "fetch-answer-too-late"},
    {Sometimes::fetch_overtaken_by_compaction, "fetch-overtaken-by-compaction"},
    {Sometimes::commit_waits_for_own_term, "commit-waits-for-own-term"},
    {Sometimes::proposal_refused_as_overload, "proposal-refused-as-overload"},

    {Sometimes::snapshot_offered, "snapshot-offered"},
    {Sometimes::newer_snapshot_offered, "newer-snapshot-offered"},
    {Sometimes::snapshot_not_needed, "snapshot-not-needed"},
    {Sometimes::install_superseded, "install-superseded"},
    {Sometimes::snapshot_installed, "snapshot-installed"},
    {Sometimes::install_overtakes_writes, "install-overtakes-writes"},

    {Sometimes::read_without_leader, "read-without-leader"},
    {Sometimes::read_forwarded, "read-forwarded"},
    {Sometimes::read_request_to_no_leader, "read-request-to-no-leader"},
    {Sometimes::read_reply_too_late, "read-reply-too-late"},
    {Sometimes::read_waits_for_own_term_commit, "read-waits-for-own-term-commit"},
    {Sometimes::reads_wait_for_round_under_way, "reads-wait-for-round-under-way"},

    {Sometimes::retry_answered_from_kept_outcome, "retry-answered-from-kept-outcome"},
    {Sometimes::stale_request_refused, "stale-request-refused"},
    {Sometimes::session_forgotten_idle, "session-forgotten-idle"},
    {Sometimes::sequences_out_of_order, "sequences-out-of-order"},
    {Sometimes::removed_key_put_again, "removed-key-put-again"},
    {Sometimes::remove_of_missing_key, "remove-of-missing-key"},
    {Sometimes::remove_of_empty_range, "remove-of-empty-range"},

    {Sometimes::malformed_client_frame, "malformed-client-frame"},
    {Sometimes::bad_peer_frame, "bad-peer-frame"},
    {Sometimes::request_refused_as_overload, "request-refused-as-overload"},
    {Sometimes::write_refused_for_lack_of_space, "write-refused-for-lack-of-space"},
    {Sometimes::greeting_answered, "greeting-answered"},
    {Sometimes::batch_split_into_several_entries, "batch-split-into-several-entries"},
    {Sometimes::write_expired_at_leader, "write-expired-at-leader"},
    {Sometimes::expired_write_applied_after_all, "expired-write-applied-after-all"},
    {Sometimes::leader_change_with_unproposed_writes, "leader-change-with-unproposed-writes"},
    {Sometimes::leader_change_with_proposed_writes, "leader-change-with-proposed-writes"},
    {Sometimes::held_write_taken_up_by_new_leader, "held-write-taken-up-by-new-leader"},
    {Sometimes::promise_kept_too_late, "promise-kept-too-late"},
    {Sometimes::forward_to_no_leader, "forward-to-no-leader"},
    {Sometimes::forwarded_write_repeated, "forwarded-write-repeated"},
    {Sometimes::forwarded_write_refused, "forwarded-write-refused"},
    {Sometimes::forwarded_answer_no_longer_wanted, "forwarded-answer-no-longer-wanted"},
    {Sometimes::forwarded_write_expired, "forwarded-write-expired"},
    {Sometimes::write_expired_without_leader, "write-expired-without-leader"},
    {Sometimes::reads_asked_again_after_leader_change, "reads-asked-again-after-leader-change"},
    {Sometimes::reads_asked_again_after_silence, "reads-asked-again-after-silence"},
    {Sometimes::read_expired, "read-expired"},
    {Sometimes::grant_no_longer_wanted, "grant-no-longer-wanted"},
    {Sometimes::read_waits_for_the_map, "read-waits-for-the-map"},
    {Sometimes::promise_held_behind_earlier_write, "promise-held-behind-earlier-write"},
    {Sometimes::watch_served_from_the_past, "watch-served-from-the-past"},
    {Sometimes::watch_reply_split_a_revision, "watch-reply-split-a-revision"},
    {Sometimes::watch_place_compacted, "watch-place-compacted"},
    {Sometimes::watch_from_the_future_waited, "watch-from-the-future-waited"},
    {Sometimes::place_in_line_came_first, "place-in-line-came-first"},
    {Sometimes::place_in_line_lost, "place-in-line-lost"},
    {Sometimes::place_in_line_timed_out, "place-in-line-timed-out"},
    {Sometimes::snapshot_superseded_while_taken, "snapshot-superseded-while-taken"},
    {Sometimes::snapshot_put_off_while_fetched, "snapshot-put-off-while-fetched"},
    {Sometimes::chunk_of_a_snapshot_that_is_gone, "chunk-of-a-snapshot-that-is-gone"},
    {Sometimes::chunk_asked_for_again, "chunk-asked-for-again"},
    {Sometimes::snapshot_holder_given_up, "snapshot-holder-given-up"},
    {Sometimes::received_snapshot_refused, "received-snapshot-refused"},
    {Sometimes::state_checked_too_late, "state-checked-too-late"},
    {Sometimes::state_check_waits_for_the_map, "state-check-waits-for-the-map"},
});

constexpr bool lists_all_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].state != static_cast<Sometimes>(i)) return false;
    }
    return table.size() == static_cast<std::size_t>(Sometimes::end);
}
static_assert(lists_all_in_order());

}  // namespace

std::span<const SometimesInfo> rare_states() {
    return table;
}

std::uint64_t times_reached(Sometimes state) {
    return sometimes_reached[static_cast<std::size_t>(state)];
}

void forget_times_reached() {
    std::ranges::fill(sometimes_reached, 0);
}

}  // namespace simulated
}  // namespace kvbus
