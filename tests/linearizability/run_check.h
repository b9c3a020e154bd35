// The program `kvsim check FILE`: reads a history, checks it, says what it found.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace kvbus::linearizability {

// One line of figures to `out`, and below it what is wrong. 0: the history is linearizable, and what
// revisions it has are in order. 1: it isn't. 2: that is too hard to tell. 3: it can't be read, and `err` has
// the reason.
int run_check(const std::filesystem::path& file, std::ostream& out, std::ostream& err);

}  // namespace kvbus::linearizability
