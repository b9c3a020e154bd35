#include "machine/sessions.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "base/check.h"
#include "base/sometimes.h"
#include "machine/answers.h"

namespace kvbus::machine {

void Session::forget_below(Sequence first) {
    first_ = std::max(first_, first);
    for (; forgotten_ < kept_.size() && kept_[forgotten_].sequence < first_; ++forgotten_) {
        auto& answer = kept_[forgotten_].outcome.answer;
        if (answer == nullptr) continue;
        answer_bytes_ -= memory_of(*answer);
        answer.reset();
    }
    if (2 * forgotten_ < kept_.size())
        return;  // to move what is left once in a while costs less than each time
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(forgotten_));
    forgotten_ = 0;
}

std::vector<Session::Kept>::const_iterator Session::place_of(Sequence sequence) const {
    if (kept_.empty() || kept_.back().sequence < sequence) return kept_.end();  // nearly always
    return std::ranges::lower_bound(kept_, sequence, {}, &Kept::sequence);
}

std::optional<Outcome> Session::find(Sequence sequence) const {
    KV_CHECK(sequence >= first_);
    const auto kept = place_of(sequence);
    if (kept == kept_.end() || kept->sequence != sequence) return std::nullopt;
    return kept->outcome;
}

void Session::keep(Sequence sequence, const Outcome& outcome) {
    KV_CHECK(sequence >= first_ && outcome.code != Code::stale_request && outcome.code != Code::overloaded);
    const auto place = place_of(sequence);
    if (place != kept_.end()) sometimes(Sometimes::sequences_out_of_order);
    kept_.insert(place, Kept{sequence, outcome});
    if (outcome.answer) answer_bytes_ += memory_of(*outcome.answer);
}

Session* Sessions::use(ClientId client, ClusterTime now) {
    const auto found = by_client_.find(client.value);
    if (found != by_client_.end()) {
        by_use_.splice(by_use_.end(), by_use_, found->second);
        by_use_.back().touch(now);
        return &by_use_.back();
    }
    if (by_use_.size() >= limits_.sessions_max) return nullptr;
    by_use_.emplace_back(client, now);
    by_client_.emplace(client.value, std::prev(by_use_.end()));
    return &by_use_.back();
}

void Sessions::forget_idle(ClusterTime now) {
    while (!by_use_.empty() && now - by_use_.front().last_use() > limits_.session_idle_max) {
        sometimes(Sometimes::session_forgotten_idle);
        by_client_.erase(by_use_.front().client().value);
        by_use_.pop_front();
    }
}

}  // namespace kvbus::machine
