#include "system/crash/hot_keys.h"

#include <algorithm>

namespace kvbus::crash {
using harness::Outcome;

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

void HotKeys::wrote(std::uint32_t key, std::uint64_t floor, Outcome outcome, std::uint64_t revision,
                    const std::string& value) {
    const std::lock_guard lock(mutex_);
    auto& hot = keys_[key];
    if (outcome == Outcome::unknown) ++hot.unknown;
    if (outcome != Outcome::ok) return;
    ++hot.acknowledged;
    hot.revisions.push_back(revision);
    if (revision <= floor) {
        violations_.add(name(key) + ": a write got revision " + std::to_string(revision) + ", though " +
                        std::to_string(floor) + " was returned before it began");
    }
    learned(hot, name(key), revision, value);
}

void HotKeys::read(std::uint32_t key, std::uint64_t floor, const KeyValue* found) {
    const std::lock_guard lock(mutex_);
    const auto revision = found == nullptr ? 0 : found->mod_revision.value;
    if (revision < floor) {
        violations_.add(name(key) + ": a read saw revision " + std::to_string(revision) + ", though " +
                        std::to_string(floor) + " was returned before it began");
    }
    if (found != nullptr) learned(keys_[key], name(key), revision, found->value);
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
