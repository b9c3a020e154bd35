#include "kvctl/shell_words.h"

#include <optional>
#include <utility>

namespace kvbus::kvctl {
namespace {

constexpr std::string_view spaces = " \t\r\n";

class Splitter {
  public:
    explicit Splitter(std::string_view line) : line_(line) {}

    // None: there is no further word.
    std::optional<std::string> next() {
        while (at_ < line_.size() && spaces.find(line_[at_]) != std::string_view::npos)
            ++at_;
        start_ = at_;
        if (at_ == line_.size()) return std::nullopt;
        open_ = '\0';
        if (line_[at_] == '#') {
            at_ = start_ = line_.size();
            return std::nullopt;
        }
        std::string word;
        while (at_ < line_.size() && (open_ != '\0' || spaces.find(line_[at_]) == std::string_view::npos))
            take(word);
        return word;
    }

    [[nodiscard]] std::size_t start() const { return start_; }  // of the last word
    [[nodiscard]] bool at_end() const { return at_ == line_.size(); }
    [[nodiscard]] char open() const { return open_; }  // quotes that the line leaves open, or the backslash

  private:
    void take(std::string& word) {
        const char c = line_[at_++];
        if (open_ == '\'') {
            if (c == '\'') {
                open_ = '\0';
            } else {
                word += c;
            }
        } else if (c == '\\') {
            take_escaped(word);
        } else if (open_ == '"') {
            if (c == '"') {
                open_ = '\0';
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            open_ = c;
        } else {
            word += c;
        }
    }

    void take_escaped(std::string& word) {
        if (at_ == line_.size()) {
            if (open_ == '\0') open_ = '\\';
            return;
        }
        const char c = line_[at_++];
        if (open_ == '"' && c != '"' && c != '\\') word += '\\';
        word += c;
    }

    std::string_view line_;
    std::size_t at_ = 0, start_ = 0;
    char open_ = '\0';
};

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> words;
    Splitter splitter(line);
    while (auto word = splitter.next())
        words.push_back(std::move(*word));
    const auto wrong = [](const char* message) { return Error{Code::invalid_argument, message}; };
    if (splitter.open() == '\\') return wrong("a backslash at the end of the line keeps nothing");
    if (splitter.open() == '\'') return wrong("the single quotes of a word do not end");
    if (splitter.open() == '"') return wrong("the double quotes of a word do not end");
    return words;
}

WrittenWords written_words(std::string_view line) {
    WrittenWords written;
    Splitter splitter(line);
    while (auto word = splitter.next()) {
        if (splitter.at_end()) {
            written.last = std::move(*word);
            written.last_as_is = line.substr(splitter.start());
            written.in_quotes = splitter.open() != '\0';
            break;
        }
        written.before.push_back(std::move(*word));
    }
    return written;
}

std::string shell_quoted(std::string_view word) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=+@%^~";
    const auto is_plain = [&](char c) { return plain.find(c) != std::string_view::npos || (c & 0x80) != 0; };
    bool quotes = word.empty();
    for (const char c : word)
        quotes = quotes || !is_plain(c);
    if (!quotes) return std::string(word);
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

}  // namespace kvbus::kvctl
