// Tells on stderr how far a long command is, once a second; a short one says nothing.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace kvbus::kvctl {

class Progress {
  public:
    // What is counted ("keys exported"), and how many there are; 0: not known.
    Progress(std::string what, std::uint64_t total);
    void at(std::uint64_t count);

  private:
    std::string what_;
    std::uint64_t total_;
    Instant told_;
};

}  // namespace kvbus::kvctl
