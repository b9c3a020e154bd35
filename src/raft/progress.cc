#include "raft/progress.h"

#include <algorithm>

#include "base/check.h"
#include "base/sometimes.h"

namespace kvbus::raft {

bool Progress::may_send(std::uint64_t bytes, std::uint64_t window_bytes) const {
    if (pace_ == Pace::fetch || pace_ == Pace::snapshot) return false;
    if (pace_ == Pace::probe) return !probe_sent_;
    if (in_flight_.empty() || bytes_in_flight_ + bytes <= window_bytes) return true;
    sometimes(Sometimes::follower_window_full);
    return false;
}

void Progress::sent(Index last, std::uint64_t bytes) {
    if (pace_ == Pace::probe) {
        probe_sent_ = true;
        return;
    }
    KV_CHECK(last >= next_);
    next_ = last + 1;
    in_flight_.push_back({last, bytes});
    bytes_in_flight_ += bytes;
}

void Progress::accepted(Index match) {
    const bool is_awaited = pace_ == Pace::probe || pace_ == Pace::snapshot;
    const bool is_news = match > match_ || (pace_ == Pace::probe && match + 1 == next_);
    if (is_awaited && !is_news) return sometimes(Sometimes::old_acknowledgement_ignored);
    silent_ = false;
    suspect_round_ = 0;
    match_ = std::max(match_, match);
    if (is_awaited) {
        probe_from(match_ + 1);
        pace_ = Pace::replicate;
    }
    next_ = std::max(next_, match_ + 1);
    while (!in_flight_.empty() && in_flight_.front().last <= match_) {
        bytes_in_flight_ -= in_flight_.front().bytes;
        in_flight_.pop_front();
    }
}

bool Progress::rejected(Index refused, Index candidate) {
    const bool is_old = pace_ == Pace::fetch || pace_ == Pace::snapshot || refused <= match_ ||
                        (pace_ == Pace::probe && refused != next_ - 1);
    if (is_old) {
        sometimes(Sometimes::old_refusal_ignored);
        return false;
    }
    silent_ = false;
    suspect_round_ = 0;
    if (pace_ == Pace::replicate) sometimes(Sometimes::lost_append_shown_by_refusal);
    // While replicating the logs are known to match up to match_: a refusal means that a message was lost.
    probe_from(pace_ == Pace::replicate ? match_ + 1
                                        : std::max(match_, std::min(candidate, refused - 1)) + 1);
    return true;
}

void Progress::wait_for_fetch() {
    probe_from(next_);
    pace_ = Pace::fetch;
}

void Progress::fetched(bool is_needed) {
    probe_from(next_);
    probe_sent_ = is_needed;
}

void Progress::wait_for_snapshot() {
    probe_from(next_);
    pace_ = Pace::snapshot;
    silent_ = false;
    suspect_round_ = 0;
}

void Progress::heartbeat_sent(std::uint64_t round) {
    suspect_round_ = silent_ ? round : 0;
    suspect_sent_ = next_ - 1;
    silent_ = awaits_answer();
}

bool Progress::heartbeat_answered(std::uint64_t round, Index last) {
    if (suspect_round_ == 0 || round < suspect_round_) return false;
    suspect_round_ = 0;
    if (pace_ == Pace::probe) {
        sometimes(Sometimes::lost_probe_resent);
        probe_sent_ = false;
        return false;
    }
    if (last >= suspect_sent_) return true;
    sometimes(Sometimes::lost_append_resent);
    send_again();
    return false;
}

void Progress::send_again() {
    probe_from(match_ + 1);
}

void Progress::lost() {
    lost_ = true;
    if (pace_ == Pace::fetch) return;  // the fetch will be answered, and sent in vain
    probe_from(match_ + 1);
    probe_sent_ = true;  // until it is heard again
}

void Progress::hear(Instant now) {
    heard_ = now;
    if (!lost_) return;
    sometimes(Sometimes::lost_follower_heard_again);
    lost_ = false;
    probe_sent_ = false;
}

void Progress::probe_from(Index next) {
    pace_ = Pace::probe;
    probe_sent_ = false;
    next_ = next;
    in_flight_.clear();
    bytes_in_flight_ = 0;
}

bool Progress::awaits_answer() const {
    if (pace_ == Pace::probe) return probe_sent_;
    return pace_ == Pace::replicate && match_ + 1 < next_;
}

}  // namespace kvbus::raft
