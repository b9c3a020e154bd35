// Clients that want a snapshot no older than a moment, and wait until there is one. Nothing of it stays at
// the node between two requests: who was told to wait on asks again. Owned by the loop thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "node/answers.h"
#include "node/pending.h"

namespace kvbus::node {

class SnapshotAskers {
  public:
    // A snapshot of this log index, or of a later one. False: too many wait.
    [[nodiscard]] bool add(const Asker& asker, Instant deadline, Index at_least);

    // What a snapshot must reach to serve them all; zero when nobody waits.
    [[nodiscard]] Index wanted() const;

    // Answers those whom the snapshot that counts serves, with its manifest, and those who waited long
    // enough. Whether it served anybody.
    bool answer(Instant now, Index last, std::string_view manifest, Answers& answers);
    void refuse(Code code, std::string_view message, Answers& answers);  // all of them

    [[nodiscard]] Instant deadline() const;

  private:
    static constexpr std::size_t waiting_max = 64;
    struct Waiting {
        Asker asker;
        Instant deadline;
        Index at_least;
        bool is_new = true;
    };
    std::vector<Waiting> waiting_;
};

}  // namespace kvbus::node
