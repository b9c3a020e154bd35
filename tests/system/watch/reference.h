// What happened, all of it, in order, as one watch of everything told it. It is checked against the rules of
// keys at once and against the writers at the end; then all other watches are checked against it. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include <kvbus/client.h>

#include "system/harness/violations.h"
#include "system/watch/change.h"
#include "system/watch/keyspace.h"

namespace kvbus::watch {

class Reference {
  public:
    explicit Reference(harness::Violations& violations) : violations_(violations), keys_(keys_count) {}

    void take(const Result<WatchBatch>& batch);

    // Every change before it has been told.
    [[nodiscard]] std::uint64_t next() const;
    [[nodiscard]] std::vector<Seen> all() const;
    // At the end: what the watch told must add up to what is there.
    void check(const std::vector<KeyValue>& there) const;

  private:
    struct Key {
        std::uint64_t create_revision = 0, mod_revision = 0, version = 0, value = 0;  // version 0: not there
    };
    void take(const WatchEvent& event);

    harness::Violations& violations_;
    mutable std::mutex mutex_;
    std::vector<Seen> all_;
    std::vector<Key> keys_;
    std::uint64_t next_ = 0;
};

}  // namespace kvbus::watch
