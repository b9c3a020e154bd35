// Gathers the replies of one turn, so that a client that has many calls under way gets them in one frame.
// Owned by the loop thread; empty between turns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "node/ports.h"

namespace kvbus::node {

class ReplyBatch {
  public:
    // Where to append one reply for this route. Valid until the next call.
    std::string& open(const Route& route);

    std::size_t flush(Replies& replies);  // the number of frames sent

  private:
    struct Body {
        Route route;
        std::string bytes;
    };
    std::vector<Body> bodies_;
    std::unordered_map<std::string_view, std::size_t> open_;  // by address: the body that still takes replies
    std::size_t latest_ = 0;                                  // replies to one client mostly come in a row
};

}  // namespace kvbus::node
