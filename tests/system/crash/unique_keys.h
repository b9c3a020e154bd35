// Keys of which each is put exactly once, by one call of the client library, however often the library had to
// send it: u/WRITER/NUMBER. Any thread.
//
// Always true of them: an acknowledged one is there with its value, its mod_revision is the acknowledged one,
// and its version is 1; one whose outcome is unknown is there with version 1 or not at all; one that failed
// is not there.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <kvbus/types.h>

#include "base/random.h"
#include "system/harness/outcome.h"
#include "system/harness/violations.h"

namespace kvbus::crash {

struct UniqueKey {
    std::uint32_t writer = 0;
    std::uint32_t number = 0;

    [[nodiscard]] std::string key() const;
    [[nodiscard]] std::string value() const;
    [[nodiscard]] static std::string prefix(std::uint32_t writer);
};

class UniqueKeys {
  public:
    UniqueKeys(std::uint32_t writers, harness::Violations& violations);

    [[nodiscard]] std::uint32_t writers() const { return static_cast<std::uint32_t>(fates_.size()); }
    [[nodiscard]] UniqueKey next(std::uint32_t writer);
    void settle(const UniqueKey& key, harness::Outcome outcome, std::uint64_t revision);

    // An acknowledged one; nothing when a few draws find none.
    [[nodiscard]] std::optional<UniqueKey> pick(Random& random) const;

    // A read that began after the write was settled saw this; `found` is null when there was no key.
    void check(const UniqueKey& key, const KeyValue* found, const std::string& where) const;
    // All keys of a writer at the end, in order, as `where` has them.
    void check_all(std::uint32_t writer, const std::vector<KeyValue>& found, const std::string& where) const;

    // Of all acknowledged writes.
    [[nodiscard]] std::vector<std::uint64_t> revisions() const;

  private:
    struct Fate {
        harness::Outcome outcome = harness::Outcome::unknown;
        std::uint64_t revision = 0;
    };
    [[nodiscard]] Fate fate_of(const UniqueKey& key) const;

    mutable std::mutex mutex_;
    std::vector<std::vector<Fate>> fates_;  // by writer, by number
    harness::Violations& violations_;
};

}  // namespace kvbus::crash
