// A range at one revision, a page at a time: however many keys, no reply is too large and nothing that is
// written meanwhile shows.
#pragma once

#include <cstdint>
#include <vector>

#include <kvbus/client.h>

#include "kvctl/key_range.h"

namespace kvbus::kvctl {

class RangePages {
  public:
    RangePages(Client& client, KeyRange range, Revision at, std::uint64_t page_keys_max)
        : client_(client), range_(std::move(range)), at_(at), limit_(page_keys_max) {}

    [[nodiscard]] Result<std::vector<KeyValue>> next();  // none left: an empty one

  private:
    Client& client_;
    KeyRange range_;  // what is left of it
    Revision at_;
    std::uint64_t limit_;
    bool finished_ = false;
};

// The revision to read at, and how many keys there are: now, unless one is given.
struct RangeSize {
    Revision revision;
    std::uint64_t keys = 0;
};
[[nodiscard]] Result<RangeSize> size_of(Client& client, const KeyRange& range, Revision at);

constexpr std::uint64_t page_keys = 1000;

}  // namespace kvbus::kvctl
