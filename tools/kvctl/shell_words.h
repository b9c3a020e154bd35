// The words of a line, split as a shell splits them: spaces between words, '…' as it stands, "…" where a
// backslash keeps " and \, a backslash that keeps any other character, and # for a comment. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>

namespace kvbus::kvctl {

[[nodiscard]] Result<std::vector<std::string>> shell_words(std::string_view line);

// A line up to where somebody writes: the words before, and the beginning of the one that is being written.
struct WrittenWords {
    std::vector<std::string> before;
    std::string last;        // what it stands for so far
    std::string last_as_is;  // as it was written
    bool in_quotes = false;  // its quotes do not end yet
};
[[nodiscard]] WrittenWords written_words(std::string_view line);

// A word that stands for these bytes: as they are, or in quotes.
[[nodiscard]] std::string shell_quoted(std::string_view word);

}  // namespace kvbus::kvctl
