// What ends a command that runs until it is told to end: SIGINT, SIGTERM or SIGHUP, and the end of whoever
// reads its output. While one of these lives, the signals do nothing else. They may be nested: the innermost
// gets them. One thread; but any thread may ask.
#pragma once

#include <array>

#include <signal.h>

#include "base/time.h"

namespace kvbus::kvctl {

class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    [[nodiscard]] int signal() const;                 // that came; 0: none
    [[nodiscard]] bool from_terminal() const;         // and reached the other processes there too
    [[nodiscard]] bool over() const;                  // a signal came, or stdout leads nowhere any more
    [[nodiscard]] bool wait(Duration at_most) const;  // until it is over; whether it is
    void forget();                                    // the signal that came

  private:
    std::array<struct sigaction, 3> before_{};
};

}  // namespace kvbus::kvctl
