// Where a watch is: what it asks for next, and what a reply means for it. Pure; owned by one thread.
//
// Always true: what was asked for and came before the place has been told, once and in order; the place only
// goes forward.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kvbus/watch.h>

#include "wire/client_frames.h"

namespace kvbus::client {

class WatchPlace {
  public:
    WatchPlace(std::string_view key, const WatchOptions& options);

    [[nodiscard]] wire::WatchRequest request() const;  // with views into this

    // The answer to request(), which goes_on(). Nothing when there is nothing to tell.
    [[nodiscard]] std::optional<WatchBatch> advance(const Header& header, wire::WatchReply reply);

  private:
    std::string key_;
    WatchOptions options_;  // `revision` is the place: the next to be told, none until that is known
    std::uint64_t offset_ = 0;
    bool begun_ = false;        // some node has answered
    bool in_fragment_ = false;  // a part of the revision was told
};

// Whether a reply can be the answer to the request: it may neither go back nor tell what lies outside.
[[nodiscard]] bool goes_on(const wire::WatchRequest& request, const wire::WatchReply& reply);

// Whether an error is the last word on what was asked, or the same request may yet succeed.
[[nodiscard]] bool is_final(Code code);

}  // namespace kvbus::client
