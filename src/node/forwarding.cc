#include "node/forwarding.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "wire/limits.h"

namespace kvbus::node {
namespace {

constexpr Duration again_after =
    std::chrono::seconds{1};                // then twice as long each time: each copy costs the leader
constexpr std::uint32_t doublings_max = 3;  // an entry in its log
constexpr std::size_t frame_bytes_full = wire::limits::client_frame_bytes_max;

}  // namespace

Forwarding::Forwarding(ClientId session, std::uint64_t session_window)
    : session_(session),
      session_window_(session_window),
      next_id_(mutated(Mutant::forward_ids_begin_anew) ? 1 : session.value >> 1) {
    KV_CHECK(session, "commands that are forwarded need a session");
}

void Forwarding::hold(const machine::Command& command, PendingWrite write) {
    Entry entry{.held = {wire::OwnedCommand(command), std::move(write)}, .since = {}};
    if (!command.client && !mutated(Mutant::forwarded_write_sent_twice)) {
        last_own_.value += 1;
        entry.own = last_own_;
        own_.insert(entry.own);
    }
    const auto id = next_id_++;
    entries_.emplace(id, std::move(entry));
    unsent_.push_back(id);
}

machine::Command Forwarding::command_of(const Entry& entry) const {
    auto command = entry.held.command.view();
    if (!entry.own) return command;
    command.client = session_;
    command.sequence = entry.own;
    command.first_unanswered = *own_.begin();
    return command;
}

bool Forwarding::is_beyond_window(const Entry& entry) const {
    return entry.own && entry.own.value - own_.begin()->value >= session_window_;
}

void Forwarding::forget(const Entry& entry) {
    if (entry.own) own_.erase(entry.own);
}

// Before the new ones, which wait for the old when the session's window is full.
void Forwarding::queue_again(std::uint64_t id, Entry& entry) {
    entry.place = Place::here;
    unsent_.push_front(id);
}

wire::Forward Forwarding::take_unsent(Instant now) {
    wire::Forward forward;
    std::size_t bytes = 0;
    while (!unsent_.empty() && forward.commands.size() < wire::limits::forward_commands_max &&
           bytes < frame_bytes_full) {
        const auto id = unsent_.front();
        const auto found = entries_.find(id);
        if (found != entries_.end() && is_beyond_window(found->second)) break;
        unsent_.pop_front();
        if (found == entries_.end()) continue;
        auto& entry = found->second;
        if (entry.held.write.may_be_applied) sometimes(Sometimes::forwarded_write_repeated);
        entry.place = Place::at_leader;
        entry.since = now;
        entry.held.write.may_be_applied = true;
        const auto left = std::max<std::int64_t>(1, to_milliseconds(entry.held.write.deadline - now));
        forward.commands.push_back({id, static_cast<std::uint32_t>(left), command_of(entry)});
        bytes += entry.held.write.bytes;
    }
    return forward;
}

std::vector<Forwarding::Held> Forwarding::take_all() {
    std::vector<Held> all;
    if (!entries_.empty()) sometimes(Sometimes::held_write_taken_up_by_new_leader);
    for (auto& [id, entry] : entries_)
        all.push_back({wire::OwnedCommand(command_of(entry)), std::move(entry.held.write)});
    entries_.clear();
    unsent_.clear();
    own_.clear();
    return all;
}

std::optional<Forwarding::Held> Forwarding::answered(std::uint64_t id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        sometimes(Sometimes::forwarded_answer_no_longer_wanted);
        return std::nullopt;
    }
    auto held = std::move(found->second.held);
    forget(found->second);
    entries_.erase(found);
    return held;
}

void Forwarding::refused(Instant now, std::uint64_t id, std::string_view reason) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.place != Place::at_leader) return;
    sometimes(Sometimes::forwarded_write_refused);
    auto& entry = found->second;
    entry.place = Place::waiting;
    entry.since = now;
    entry.reason = reason;
}

void Forwarding::leader_changed() {
    for (auto& [id, entry] : entries_) {
        entry.reason.clear();
        entry.repeats = 0;
        if (entry.place != Place::here) queue_again(id, entry);
    }
}

std::vector<Forwarding::Expired> Forwarding::expire(Instant now) {
    std::vector<Expired> expired;
    for (auto position = entries_.begin(); position != entries_.end();) {
        auto& [id, entry] = *position;
        if (entry.held.write.deadline <= now) {
            sometimes(entry.held.write.may_be_applied ? Sometimes::forwarded_write_expired
                                                      : Sometimes::write_expired_without_leader);
            expired.push_back({std::move(entry.held.write), std::move(entry.reason)});
            forget(entry);
            position = entries_.erase(position);
            continue;
        }
        const auto patience = again_after * (1 << std::min(entry.repeats, doublings_max));
        if (entry.place != Place::here && now - entry.since >= patience) {
            ++entry.repeats;
            queue_again(id, entry);
        }
        ++position;
    }
    return expired;
}

}  // namespace kvbus::node
