#include "node/forwarding.h"

#include <algorithm>
#include <utility>

#include "wire/limits.h"

namespace kvbus::node {
namespace {

constexpr Duration again_after = std::chrono::seconds{1};
constexpr std::size_t frame_bytes_full = wire::limits::client_frame_bytes_max;

}  // namespace

void Forwarding::hold(const machine::Command& command, PendingWrite write) {
    const auto id = next_id_++;
    Entry entry{.held = {OwnedCommand(command), std::move(write)}, .since = {}};
    entry.repeatable = command.client != ClientId{};
    entries_.emplace(id, std::move(entry));
    unsent_.push_back(id);
}

void Forwarding::queue(std::uint64_t id, Entry& entry) {
    entry.place = Place::here;
    unsent_.push_back(id);
}

wire::Forward Forwarding::take_unsent(Instant now) {
    wire::Forward forward;
    std::size_t bytes = 0;
    while (!unsent_.empty() && forward.commands.size() < wire::limits::forward_commands_max &&
           bytes < frame_bytes_full) {
        const auto id = unsent_.front();
        unsent_.pop_front();
        const auto found = entries_.find(id);
        if (found == entries_.end()) continue;
        auto& entry = found->second;
        entry.place = Place::at_leader;
        entry.since = now;
        entry.may_be_applied = true;
        const auto left = std::max<std::int64_t>(1, to_milliseconds(entry.held.write.deadline - now));
        forward.commands.push_back({id, static_cast<std::uint32_t>(left), entry.held.command.view()});
        bytes += entry.held.write.bytes;
    }
    return forward;
}

std::vector<Forwarding::Held> Forwarding::take_all() {
    std::vector<Held> all;
    for (auto& [id, entry] : entries_)
        all.push_back(std::move(entry.held));
    entries_.clear();
    unsent_.clear();
    return all;
}

std::optional<Forwarding::Held> Forwarding::answered(std::uint64_t id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    auto held = std::move(found->second.held);
    entries_.erase(found);
    return held;
}

void Forwarding::refused(Instant now, std::uint64_t id) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.place != Place::at_leader) return;
    auto& entry = found->second;
    entry.place = Place::waiting;
    entry.since = now;
    // With a session it may have been sent before, to a leader that did not deny it; without one, never.
    if (!entry.repeatable) entry.may_be_applied = false;
}

bool Forwarding::lost(Instant now, std::uint64_t id) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || !found->second.repeatable) return false;
    if (found->second.place == Place::at_leader) {
        found->second.place = Place::waiting;
        found->second.since = now;
    }
    return true;
}

std::vector<PendingWrite> Forwarding::leader_changed() {
    std::vector<PendingWrite> unknown;
    for (auto position = entries_.begin(); position != entries_.end();) {
        auto& [id, entry] = *position;
        if (entry.place == Place::at_leader && !entry.repeatable) {
            unknown.push_back(std::move(entry.held.write));
            position = entries_.erase(position);
            continue;
        }
        if (entry.place != Place::here) queue(id, entry);
        ++position;
    }
    return unknown;
}

std::vector<Forwarding::Expired> Forwarding::expire(Instant now) {
    std::vector<Expired> expired;
    for (auto position = entries_.begin(); position != entries_.end();) {
        auto& [id, entry] = *position;
        if (entry.held.write.deadline <= now) {
            expired.push_back({std::move(entry.held.write), entry.may_be_applied});
            position = entries_.erase(position);
            continue;
        }
        const bool may_repeat = entry.place == Place::waiting || entry.repeatable;
        if (entry.place != Place::here && now - entry.since >= again_after && may_repeat) queue(id, entry);
        ++position;
    }
    return expired;
}

}  // namespace kvbus::node
