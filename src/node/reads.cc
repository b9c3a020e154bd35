#include "node/reads.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::node {
namespace {

constexpr Duration ask_again_after = std::chrono::milliseconds{200};

// What a query views.
struct Views {
    std::string_view* key = nullptr;  // none: it is about no keys
    std::string_view* range_end = nullptr;
};
Views views_of(Reads::Query& query) {
    if (auto* range = std::get_if<wire::RangeRequest>(&query))
        return {&range->query.key, &range->query.range_end};
    if (auto* watch = std::get_if<wire::WatchRequest>(&query)) return {&watch->key, &watch->range_end};
    return {};
}

void close(Reads::Group& group) {
    std::string_view rest = group.bytes;
    for (auto& read : group.reads) {
        if (const Views views = views_of(read.query); views.key != nullptr) {
            *views.key = rest.substr(0, read.key_bytes);
            *views.range_end = rest.substr(read.key_bytes, read.range_end_bytes);
        }
        rest.remove_prefix(read.key_bytes + read.range_end_bytes);
    }
}

}  // namespace

void Reads::add(Asker asker, Instant deadline, const Query& query) {
    Pending read{std::move(asker), deadline, query};
    if (const Views views = views_of(read.query); views.key != nullptr) {
        gathering_.bytes.append(*views.key).append(*views.range_end);
        read.key_bytes = static_cast<std::uint32_t>(views.key->size());
        read.range_end_bytes = static_cast<std::uint32_t>(views.range_end->size());
    }
    gathering_.reads.push_back(std::move(read));
}

void Reads::add_probe() {
    gathering_.probe = true;
}

void Reads::ask(Instant now, raft::Core& core) {
    if (!gathering_.reads.empty() || gathering_.probe) groups_.push_back(std::exchange(gathering_, {}));
    for (auto& group : groups_) {
        if (group.id != raft::ReadId{}) continue;
        const auto id = core.read(now);
        if (!id.ok()) return;
        group.id = *id;
        group.asked = now;
    }
}

void Reads::granted(const raft::ReadGrant& grant) {
    const auto group = std::ranges::find(groups_, grant.id, &Group::id);
    if (group == groups_.end()) return sometimes(Sometimes::grant_no_longer_wanted);
    group->index = grant.index;
}

std::vector<Reads::Group> Reads::take_ready(Index applied) {
    std::vector<Group> ready;
    if (groups_.empty()) return ready;
    const auto waits = [&](const Group& group) {
        if (!group.index) return true;
        if (*group.index <= applied || mutated(Mutant::read_granted_before_applied)) return false;
        sometimes(Sometimes::read_waits_for_the_map);
        return true;
    };
    const auto first_ready = std::stable_partition(groups_.begin(), groups_.end(), waits);
    std::move(first_ready, groups_.end(), std::back_inserter(ready));
    groups_.erase(first_ready, groups_.end());
    for (auto& group : ready)
        close(group);
    return ready;
}

void Reads::leader_changed() {
    for (auto& group : groups_) {
        if (group.index) continue;
        sometimes(Sometimes::reads_asked_again_after_leader_change);
        group.id = {};
    }
}

std::vector<Asker> Reads::expire(Instant now) {
    std::vector<Asker> expired;
    for (auto& group : groups_) {
        if (!group.index && group.id != raft::ReadId{} && now - group.asked >= ask_again_after) {
            sometimes(Sometimes::reads_asked_again_after_silence);
            group.id = {};
        }
        const bool due =
            std::ranges::any_of(group.reads, [&](const auto& read) { return read.deadline <= now; });
        if (!due) continue;
        close(group);
        Group rest{.bytes = {},
                   .reads = {},
                   .id = group.id,
                   .index = group.index,
                   .asked = group.asked,
                   .probe = group.probe};
        for (auto& read : group.reads) {
            if (read.deadline <= now) {
                sometimes(Sometimes::read_expired);
                expired.push_back(std::move(read.asker));
                continue;
            }
            if (const Views views = views_of(read.query); views.key != nullptr)
                rest.bytes.append(*views.key).append(*views.range_end);
            rest.reads.push_back(std::move(read));
        }
        group = std::move(rest);
    }
    std::erase_if(groups_, [](const Group& group) { return group.reads.empty() && !group.probe; });
    return expired;
}

}  // namespace kvbus::node
