#include "machine/deadlines.h"

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
    const auto added = by_key_.emplace(key, deadline).first;
    by_deadline_.emplace(deadline, added->first);
    hash_ += hash_of(key, deadline);
}

void Deadlines::clear(std::string_view key) {
    if (by_key_.empty()) return;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    hash_ -= hash_of(key, found->second);
    by_deadline_.erase({found->second, found->first});
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

}  // namespace kvbus::machine
