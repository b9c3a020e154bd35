#include "system/crash/hot_keys.h"

#include <algorithm>

#include "linearizability/checker.h"
#include "linearizability/revisions.h"

namespace kvbus::crash {
using linearizability::Operation;
using linearizability::Outcome;

std::uint64_t HotKeys::floor(std::uint32_t key) const {
    const std::lock_guard lock(mutex_);
    return keys_[key].newest;
}

void HotKeys::learned(Key& key, const std::string& name, std::uint64_t revision, const std::string& value) {
    key.newest = std::max(key.newest, revision);
    const auto [known, is_new] = key.value_of.emplace(revision, value);
    if (!is_new && known->second != value) {
        violations_.add(name + ": revision " + std::to_string(revision) + " is '" + known->second +
                        "' and '" + value + "'");
    }
}

// When enough is recorded, only the writes are that a recorded read can have seen: without them it would seem
// to come from nowhere.
void HotKeys::record(const Operation& operation) {
    if (history_.size() < recorded_max) {
        recorded_until_ = std::max(recorded_until_, operation.returned);
    } else if (!is_write(operation) || operation.call > recorded_until_) {
        return;
    }
    history_.push_back(operation);
}

void HotKeys::wrote(std::uint32_t key, std::uint64_t floor, const Operation& operation) {
    const std::lock_guard lock(mutex_);
    record(operation);
    auto& hot = keys_[key];
    if (operation.outcome == Outcome::unknown) ++hot.unknown;
    if (operation.outcome != Outcome::ok) return;
    ++hot.acknowledged;
    hot.revisions.push_back(operation.revision);
    if (operation.revision <= floor) {
        violations_.add(name(key) + ": a write got revision " + std::to_string(operation.revision) +
                        ", though " + std::to_string(floor) + " was returned before it began");
    }
    learned(hot, name(key), operation.revision, *operation.value);
}

void HotKeys::read(std::uint32_t key, std::uint64_t floor, const Operation& operation) {
    const std::lock_guard lock(mutex_);
    record(operation);
    if (operation.revision < floor) {
        violations_.add(name(key) + ": a read saw revision " + std::to_string(operation.revision) +
                        ", though " + std::to_string(floor) + " was returned before it began");
    }
    if (operation.value) learned(keys_[key], name(key), operation.revision, *operation.value);
}

void HotKeys::check_order() const {
    const std::lock_guard lock(mutex_);
    const auto report = linearizability::check(history_);
    if (report.verdict != linearizability::Verdict::linearizable)
        violations_.add("the hot keys: " + std::string(name_of(report.verdict)) + "\n" + report.explanation);
    for (const auto& complaint : linearizability::check_revisions(history_))
        violations_.add(complaint);
}

std::size_t HotKeys::recorded() const {
    const std::lock_guard lock(mutex_);
    return history_.size();
}

void HotKeys::check(std::uint32_t key, const KeyValue* found, const std::string& where) const {
    const std::lock_guard lock(mutex_);
    const auto& hot = keys_[key];
    const auto version = found == nullptr ? 0 : found->version;
    if (version < hot.acknowledged || version > hot.acknowledged + hot.unknown) {
        violations_.add(name(key) + " " + where + ": version " + std::to_string(version) + ", but " +
                        std::to_string(hot.acknowledged) + " writes were acknowledged and " +
                        std::to_string(hot.unknown) + " are unknown");
    }
    if (found != nullptr && found->mod_revision.value < hot.newest) {
        violations_.add(name(key) + " " + where + ": revision " + std::to_string(found->mod_revision.value) +
                        ", but " + std::to_string(hot.newest) + " was seen");
    }
}

std::vector<std::uint64_t> HotKeys::revisions() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> revisions;
    for (const auto& key : keys_)
        revisions.insert(revisions.end(), key.revisions.begin(), key.revisions.end());
    return revisions;
}

}  // namespace kvbus::crash
