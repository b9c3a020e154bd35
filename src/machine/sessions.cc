#include "machine/sessions.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "machine/answers.h"
#include "machine/image.h"

namespace kvbus::machine {
namespace {

std::uint64_t hash_of(ClientId client, Sequence sequence, const Outcome& outcome) {
    std::uint64_t hash = client.value;
    for (const std::uint64_t word : {sequence.value, static_cast<std::uint64_t>(outcome.code),
                                     outcome.revision.value, outcome.deleted}) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    }
    return hash;
}

}  // namespace

void Session::forget_below(Sequence first) {
    first_ = std::max(first_, first);
    for (; forgotten_ < kept_.size() && kept_[forgotten_].sequence < first_; ++forgotten_) {
        hash_ -= hash_of(client_, kept_[forgotten_].sequence, kept_[forgotten_].outcome);
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

void Session::forget_all() {
    if (!kept_.empty()) forget_below(Sequence{kept_.back().sequence.value + 1});
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
    hash_ += hash_of(client_, sequence, outcome);
    if (outcome.answer) answer_bytes_ += memory_of(*outcome.answer);
}

Session* Sessions::use(ClientId client, ClusterTime now) {
    const auto found = by_client_.find(client.value);
    if (found != by_client_.end()) {
        tell_once(found->second);
        by_use_.splice(by_use_.end(), by_use_, found->second);
        by_use_.back().touch(now);
        return &by_use_.back();
    }
    if (by_use_.size() >= limits_.sessions_max) return nullptr;
    return &add(client, now);
}

Session& Sessions::add(ClientId client, ClusterTime now) {
    by_use_.emplace_back(client, now, telling_.mark(), hash_);
    by_client_.emplace(client.value, std::prev(by_use_.end()));
    return by_use_.back();
}

void Sessions::forget_idle(ClusterTime now) {
    while (!by_use_.empty() && now - by_use_.front().last_use() > limits_.session_idle_max) {
        sometimes(Sometimes::session_forgotten_idle);
        tell_once(by_use_.begin());
        by_client_.erase(by_use_.front().client().value);
        by_use_.front().forget_all();
        by_use_.pop_front();
    }
}

Session* Sessions::restore(ClientId client, ClusterTime last_use, Sequence first) {
    if (by_client_.contains(client.value)) return nullptr;
    Session& session = add(client, last_use);
    session.forget_below(first);
    return &session;
}

void Sessions::sort() {
    by_use_.sort([](const Session& a, const Session& b) { return a.last_use() < b.last_use(); });
}

// --- images ---

std::size_t Session::tell(const Telling& telling) {
    telling.sink().session({client_, last_use_, first_});
    for (std::size_t at = forgotten_; at < kept_.size(); ++at)
        telling.sink().outcome(kept_[at].sequence, kept_[at].outcome);
    mark_ = telling.mark();
    return 1 + kept_.size() - forgotten_;
}

void Sessions::begin_image(ImageSink& sink) {
    telling_.begin(sink);
    next_to_tell_ = by_use_.begin();
    untold_ = by_use_.size();
    if (untold_ == 0 || mutated(Mutant::sessions_missing_from_snapshot)) telling_.end();
}

void Sessions::continue_image(std::size_t& parts) {
    while (telling_.running() && parts > 0)
        parts -= std::min(parts, tell_once(next_to_tell_));
}

std::size_t Sessions::tell_once(ByUse::iterator session) {
    if (!telling_.waits_for(session->mark())) return 0;
    if (session == next_to_tell_) ++next_to_tell_;
    const std::size_t parts = session->tell(telling_);
    if (--untold_ == 0) telling_.end();
    return parts;
}

}  // namespace kvbus::machine
