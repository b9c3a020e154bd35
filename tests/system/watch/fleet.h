// Hundreds of watches, through clients that stay on one node each and clients that go where they like: of
// keys, of folders and of everything, with all options; and one more of everything as the reference. One
// thread, and for lowest_next() any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kvbus/client.h>

#include "base/histogram.h"
#include "base/random.h"
#include "system/harness/violations.h"
#include "system/watch/reference.h"
#include "system/watch/stream.h"

namespace kvbus::watch {

class Fleet {
  public:
    Fleet(const std::vector<std::string>& endpoints, std::uint32_t count, std::uint64_t seed,
          harness::Violations& violations);

    // The watch that is furthest behind has been told everything before this revision.
    [[nodiscard]] std::uint64_t lowest_next() const;
    void wait_until_told(std::uint64_t revision) const;  // to everybody

    // Ends some watches; new ones go on where they were, or begin with the oldest revision that somebody
    // still waits for.
    void renew(std::uint32_t watches);

    [[nodiscard]] Histogram take_latencies();
    [[nodiscard]] Stream::Counts counts() const;
    [[nodiscard]] const Reference& reference() const { return reference_; }
    void check() const;  // each against the reference

  private:
    struct Member {
        std::unique_ptr<Stream> stream;
        Client* client;
        Watch watch = {};
    };
    [[nodiscard]] Wish wish(std::uint32_t number) const;
    void begin(Member& member, Revision from);
    [[nodiscard]] std::uint64_t lowest() const;

    mutable std::mutex mutex_;  // so that nothing is compacted between the choice of a revision and its watch
    Random random_;
    Reference reference_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<Member> members_;
    Watch reference_watch_;
};

}  // namespace kvbus::watch
