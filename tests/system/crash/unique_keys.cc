#include "system/crash/unique_keys.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kvbus::crash {
using harness::Outcome;

std::string UniqueKey::prefix(std::uint32_t writer) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "u/%03u/", writer);
    return text.data();
}

std::string UniqueKey::key() const {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%08u", number);
    return prefix(writer) + text.data();
}

// Different for every key, and of many sizes.
std::string UniqueKey::value() const {
    constexpr std::uint32_t large_every = 500, large_bytes = 64 << 10;
    const auto padding =
        number % large_every == large_every - 1 ? large_bytes : (number * 37 + writer * 11) % 250;
    return "value of " + key() + " " + std::string(padding, static_cast<char>('a' + number % 26));
}

UniqueKeys::UniqueKeys(std::uint32_t writers, harness::Violations& violations)
    : fates_(writers), violations_(violations) {}

UniqueKey UniqueKeys::next(std::uint32_t writer) {
    const std::lock_guard lock(mutex_);
    auto& fates = fates_[writer];
    fates.emplace_back();
    return {writer, static_cast<std::uint32_t>(fates.size() - 1)};
}

void UniqueKeys::settle(const UniqueKey& key, Outcome outcome, std::uint64_t revision) {
    const std::lock_guard lock(mutex_);
    fates_[key.writer][key.number] = {outcome, revision};
}

std::optional<UniqueKey> UniqueKeys::pick(Random& random) const {
    constexpr int draws = 8;
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < draws; ++i) {
        const auto writer = static_cast<std::uint32_t>(random.below(fates_.size()));
        if (fates_[writer].empty()) continue;
        const auto number = static_cast<std::uint32_t>(random.below(fates_[writer].size()));
        if (fates_[writer][number].outcome == Outcome::ok) return UniqueKey{writer, number};
    }
    return std::nullopt;
}

UniqueKeys::Fate UniqueKeys::fate_of(const UniqueKey& key) const {
    const std::lock_guard lock(mutex_);
    return fates_[key.writer][key.number];
}

void UniqueKeys::check(const UniqueKey& key, const KeyValue* found, const std::string& where) const {
    const auto fate = fate_of(key);
    const auto violated = [&](const std::string& what) {
        violations_.add(key.key() + " " + where + ": " + what);
    };
    if (found == nullptr) {
        if (fate.outcome == Outcome::ok) {
            violated("acknowledged at revision " + std::to_string(fate.revision) + ", but it is not there");
        }
        return;
    }
    if (fate.outcome == Outcome::fail) violated("its write failed, but it is there");
    if (found->version != 1) violated("applied " + std::to_string(found->version) + " times");
    if (found->value != key.value()) violated("has another value");
    if (fate.outcome == Outcome::ok && found->mod_revision.value != fate.revision) {
        violated("acknowledged at revision " + std::to_string(fate.revision) + ", but it has " +
                 std::to_string(found->mod_revision.value));
    }
}

void UniqueKeys::check_all(std::uint32_t writer, const std::vector<KeyValue>& found,
                           const std::string& where) const {
    const auto count = static_cast<std::uint32_t>(fates_[writer].size());
    auto next = found.begin();
    for (std::uint32_t number = 0; number < count; ++number) {
        const UniqueKey key{writer, number};
        const bool there = next != found.end() && next->key == key.key();
        check(key, there ? &*next : nullptr, where);
        if (there) ++next;
    }
    if (next != found.end()) violations_.add(next->key + " " + where + ": nobody wrote it");
}

std::vector<std::uint64_t> UniqueKeys::revisions() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> revisions;
    for (const auto& fates : fates_) {
        for (const auto& fate : fates) {
            if (fate.outcome == Outcome::ok) revisions.push_back(fate.revision);
        }
    }
    return revisions;
}

}  // namespace kvbus::crash
