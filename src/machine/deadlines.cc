#include "machine/deadlines.h"

#include <iterator>

#include "machine/image.h"

namespace kvbus::machine {
namespace {

std::uint64_t hash_of(std::string_view key, ClusterTime deadline) {
    return hash_bytes(key, static_cast<std::uint64_t>(deadline.count()));
}

}  // namespace

ClusterTime deadline_after(ClusterTime now, std::chrono::milliseconds ttl) {
    const ClusterTime left = ClusterTime::max() - now;
    if (ttl >= std::chrono::floor<std::chrono::milliseconds>(left)) return ClusterTime::max();
    return now + ttl;
}

void Deadlines::set(std::string_view key, ClusterTime deadline) {
    clear(key);
    const auto added = by_key_.emplace(key, Deadline{deadline, telling_.mark()}).first;
    by_deadline_.emplace(deadline, added->first);
    hash_ += hash_of(key, deadline);
}

void Deadlines::clear(std::string_view key) {
    if (by_key_.empty()) return;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    tell_once(*found);
    hash_ -= hash_of(key, found->second.time);
    by_deadline_.erase({found->second.time, found->first});
    by_key_.erase(found);
}

ClusterTime Deadlines::next() const {
    return by_deadline_.empty() ? ClusterTime::max() : by_deadline_.begin()->first;
}

std::vector<std::string> Deadlines::due(ClusterTime time, std::uint64_t keys_max) const {
    std::vector<std::string> keys;
    for (const auto& [deadline, key] : by_deadline_) {
        if (deadline > time || keys.size() == keys_max) break;
        keys.emplace_back(key);
    }
    return keys;
}

void Deadlines::visit(const std::function<bool(std::string_view key)>& visit) const {
    for (const auto& [deadline, key] : by_deadline_) {
        if (!visit(key)) return;
    }
}

// --- images ---

void Deadlines::begin_image(ImageSink& sink) {
    telling_.begin(sink);
    told_through_ = {ClusterTime::min(), {}};
}

void Deadlines::continue_image(std::size_t& parts) {
    if (!telling_.running()) return;
    auto next = by_deadline_.upper_bound({told_through_.first, told_through_.second});
    const auto first = next;
    for (; parts > 0 && next != by_deadline_.end(); ++next, --parts)
        tell_once(*by_key_.find(next->second));
    if (next == by_deadline_.end()) return telling_.end();
    if (next != first) told_through_ = *std::prev(next);
}

void Deadlines::tell_once(ByKey::value_type& deadline) {
    if (!telling_.waits_for(deadline.second.mark)) return;
    telling_.sink().deadline(deadline.first, deadline.second.time);
    deadline.second.mark = telling_.mark();
}

}  // namespace kvbus::machine
