#include "simulated/mutants.h"

#include <algorithm>
#include <array>

namespace kvbus {

Mutant mutant_at_work = Mutant::none;

namespace simulated {
namespace {

using enum MutantStatus;

constexpr std::array table = std::to_array<MutantInfo>({
    {Mutant::append_ack_before_sync, "append-ack-before-sync",
     "A follower acknowledges entries that are not on its disk yet."},
    {Mutant::vote_reply_before_sync, "vote-reply-before-sync",
     "A voter answers before its vote is on its disk."},
    {Mutant::vote_request_before_own_vote_is_durable, "vote-request-before-own-vote-is-durable",
     "A candidate asks for votes while its own is not on its disk yet."},
    {Mutant::leader_counts_itself_before_sync, "leader-counts-itself-before-sync",
     "A leader counts itself for entries that are not on its disk yet."},
    {Mutant::truncation_does_not_clip_in_flight, "truncation-does-not-clip-in-flight",
     "The late completion of a write that a truncation overtook vouches for the entries that took its "
     "place."},
    {Mutant::promises_sent_out_of_order, "promises-sent-out-of-order",
     "What was promised with the latest write leaves when the earliest one is durable."},
    {Mutant::promise_of_older_term_kept, "promise-of-older-term-kept",
     "A node still acknowledges, in the old term, entries that the next leader has replaced."},
    {Mutant::last_entry_lost_on_restart, "last-entry-lost-on-restart",
     "A node starts without the last entry that it had made durable."},
    {Mutant::sync_retried_after_error, "sync-retried-after-error",
     "A sync that failed is tried again, and believed, though the pages that failed are no longer dirty."},

    {Mutant::no_log_check_on_vote, "no-log-check-on-vote", "A voter does not compare logs."},
    {Mutant::length_only_log_check, "length-only-log-check",
     "A voter compares the lengths of logs, not the terms of their last entries."},
    {Mutant::double_vote, "double-vote", "A voter votes for everybody who asks in a term."},
    {Mutant::duplicate_votes, "duplicate-votes", "A candidate counts a vote that arrives twice as two."},
    {Mutant::stale_term_votes, "stale-term-votes",
     "A candidate counts votes that it was given in an earlier term."},
    {Mutant::quorum_n_over_2, "quorum-n-over-2", "Half of the voters pass for a majority."},
    {Mutant::no_no_op_on_election, "no-no-op-on-election",
     "A new leader appends no entry of its own term until a client writes."},

    {Mutant::commit_old_term_by_counting, "commit-old-term-by-counting",
     "A leader commits entries of earlier terms by counting copies (Figure 8)."},
    {Mutant::unconditional_truncation, "unconditional-truncation",
     "A follower drops what follows a message's entries, also when nothing conflicts."},
    {Mutant::no_previous_term_check, "no-previous-term-check",
     "A follower appends after an entry of another term than its leader has there."},
    {Mutant::match_off_by_one, "match-off-by-one",
     "A leader takes one entry more for replicated than was acknowledged."},
    {Mutant::append_from_lower_term, "append-from-lower-term",
     "A follower believes the entries of a leader of an earlier term."},
    {Mutant::commit_beyond_verified_prefix, "commit-beyond-verified-prefix",
     "A follower commits entries that its leader's message did not reach."},
    {Mutant::stale_term_append_ack, "stale-term-append-ack",
     "A leader counts what was acknowledged to it in an earlier term."},

    {Mutant::snapshot_acknowledged_before_install_is_durable,
     "snapshot-acknowledged-before-install-is-durable",
     "A follower acknowledges what a snapshot covers before it has taken the place of the log on disk."},
    {Mutant::install_goes_back, "install-goes-back",
     "A node installs a snapshot of less than it has applied by itself meanwhile."},

    {Mutant::local_read, "local-read",
     "A node answers linearizable reads from its map without asking anybody."},
    {Mutant::read_index_without_own_term_commit, "read-index-without-own-term-commit",
     "A new leader grants reads before it has committed an entry of its own term."},
    {Mutant::duplicate_read_acks, "duplicate-read-acks",
     "A leader counts one follower's answer to a read round for all followers."},
    {Mutant::read_granted_before_applied, "read-granted-before-applied",
     "A read is answered before the map has reached the index that was granted."},

    {Mutant::session_forgets_outcome, "session-forgets-outcome",
     "A write that is tried again is applied again."},
    {Mutant::forwarded_write_sent_twice, "forwarded-write-sent-twice",
     "A write without a session is sent to a leader again though the first may have applied it."},
    {Mutant::forward_ids_begin_anew, "forward-ids-begin-anew",
     "A node numbers the writes that it forwards from 1, as the process before it did."},
    {Mutant::refusal_of_a_copy_believed, "refusal-of-a-copy-believed",
     "A write is reported as refused when the leader refuses a copy of it."},
    {Mutant::outcome_failed_though_proposed, "outcome-failed-though-proposed",
     "A leader that is deposed denies a write that the next one may still commit."},
    {Mutant::stopped_process_goes_on, "stopped-process-goes-on",
     "A process that was stopped for long takes in what piled up, though sessions have ended meanwhile."},
    {Mutant::retry_without_its_answer, "retry-without-its-answer",
     "A session keeps that a write was applied, but not what it came to."},

    {Mutant::lease_on_wall_clock, "lease-on-wall-clock", "Leases expire by the wall clock."},
    {Mutant::old_leaders_expiry_accepted, "old-leaders-expiry-accepted",
     "A lease that was kept alive under a new leader is expired by an old one."},
    {Mutant::full_batch_of_an_earlier_time, "full-batch-of-an-earlier-time",
     "A batch that is full carries the time of the one before: what it grants ends early."},
    {Mutant::clock_goes_back_with_the_first_commit, "clock-goes-back-with-the-first-commit",
     "A new leader's time begins anew with its first commit, behind that of what it has proposed."},
    {Mutant::keep_alive_without_effect, "keep-alive-without-effect",
     "A keep-alive is answered, and the lease ends as if it had not been."},
    {Mutant::ttl_outlives_overwrite, "ttl-outlives-overwrite",
     "A key that is put again without a ttl still ends by the old one."},

    {Mutant::watch_resume_off_by_one, "watch-resume-off-by-one", "A watch that resumes misses one change."},
    {Mutant::campaign_ignores_the_line, "campaign-ignores-the-line",
     "A candidate is told that it is first although another one came before it."},

    {Mutant::sessions_missing_from_snapshot, "sessions-missing-from-snapshot",
     "A snapshot does not hold the sessions."},
    {Mutant::history_missing_from_snapshot, "history-missing-from-snapshot",
     "A snapshot does not hold the changes of its history."},
    {Mutant::deadlines_missing_from_snapshot, "deadlines-missing-from-snapshot",
     "A machine that is built from a snapshot does not know when keys end."},
    {Mutant::image_tells_what_came_later, "image-tells-what-came-later",
     "A lease that is kept alive while an image is told is told with its new deadline."},
    {Mutant::image_without_what_went_meanwhile, "image-without-what-went-meanwhile",
     "What is compacted while an image is told is not in it."},
    {Mutant::snapshot_at_later_index_than_said, "snapshot-at-later-index-than-said",
     "A snapshot is of the state one entry after the one that it names."},
    {Mutant::revision_of_the_machine_before, "revision-of-the-machine-before",
     "An answer between an install and the next turn says the revision of the machine before."},
    {Mutant::snapshot_published_before_chunks_are_durable, "snapshot-published-before-chunks-are-durable",
     "A snapshot counts, and its log is gone, while some of its chunks are not on the disk yet."},

    {Mutant::state_differs_on_one_node, "state-differs-on-one-node",
     "One node grants a lease, now and then, that no entry of the log asks for."},

    {Mutant::configuration_missing_from_snapshot, "configuration-missing-from-snapshot",
     "A snapshot does not hold the configuration.", pending},
    {Mutant::joint_consensus_with_one_majority, "joint-consensus-with-one-majority",
     "A joint configuration asks one of its two majorities.", pending},
    {Mutant::applied_index_outside_the_batch, "applied-index-outside-the-batch",
     "The applied index is stored apart from what was applied.", pending},
});

constexpr bool lists_all_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].mutant != static_cast<Mutant>(i + 1)) return false;
    }
    return table.back().mutant == Mutant::applied_index_outside_the_batch;
}
static_assert(lists_all_in_order());

}  // namespace

std::span<const MutantInfo> mutants() {
    return table;
}

std::optional<Mutant> mutant_named(std::string_view name) {
    const auto found = std::ranges::find(table, name, &MutantInfo::name);
    if (found == table.end()) return std::nullopt;
    return found->mutant;
}

void set_mutant(Mutant mutant) {
    mutant_at_work = mutant;
}

}  // namespace simulated
}  // namespace kvbus
