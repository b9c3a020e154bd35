// An endless sequence of writes as a follower would make them: appends, commits that trail, now and then a
// new term that takes back what was not committed. The same seed and start give the same sequence, so that a
// parent knows what its child wrote.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "raft/core.h"
#include "storage/log_loader.h"

namespace kvbus::storage {

class WriteScript {
  public:
    WriteScript(std::uint64_t seed, const Recovered& from)
        : random_(seed),
          term_(from.hard_state.term.value + 1),
          last_(from.last.value),
          commit_(from.hard_state.commit.value) {}

    [[nodiscard]] raft::Write next();

  private:
    Random random_;
    std::uint64_t id_ = 0;
    std::uint64_t term_;
    std::uint64_t last_;
    std::uint64_t commit_;
};

}  // namespace kvbus::storage
