// How far a long command is, on stderr, so that it mixes with nothing on stdout. On a terminal one line that
// stays in place; elsewhere a line now and then. One thread.
#pragma once

#include <string_view>

#include "base/time.h"

namespace kvbus::sim {

class Progress {
  public:
    explicit Progress(bool wanted);
    ~Progress();  // leaves a clean line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::string_view line);  // at most 78 characters; nothing in the first two seconds

  private:
    bool wanted_;
    bool in_place_;
    bool shown_ = false;
    Instant next_;
};

}  // namespace kvbus::sim
