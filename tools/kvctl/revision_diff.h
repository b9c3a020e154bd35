// What changed in a range between two revisions. Pure: the pages of both come from functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

namespace kvbus::kvctl {

struct Change {
    std::optional<KeyValue> before;  // none: the key was added
    std::optional<KeyValue> after;   // none: it was removed
};

// The next entries in byte order of their keys; none left: an empty page.
using PageSource = std::function<Result<std::vector<KeyValue>>()>;

class RevisionDiff {
  public:
    RevisionDiff(PageSource before, PageSource after)
        : before_(std::move(before)), after_(std::move(after)) {}

    // In byte order of the keys. A key that was written counts as changed, even with the value it had.
    [[nodiscard]] Result<std::optional<Change>> next();

  private:
    class Entries {
      public:
        explicit Entries(PageSource source) : source_(std::move(source)) {}
        [[nodiscard]] Result<const KeyValue*> first();  // null at the end
        KeyValue take() { return std::move(page_[at_++]); }

      private:
        PageSource source_;
        std::vector<KeyValue> page_;
        std::size_t at_ = 0;
        bool finished_ = false;
    };

    Entries before_, after_;
};

// + "added" "value", - "removed" "value", ~ "changed" "before" "after"
[[nodiscard]] std::string change_line(const Change& change, bool hex);
[[nodiscard]] std::string change_json(const Change& change, bool text = false);

// A,B or A..B or A: from revision A to B, or to now.
struct RevisionPair {
    Revision before, after;
};
[[nodiscard]] std::optional<RevisionPair> parse_revision_pair(std::string_view text);

}  // namespace kvbus::kvctl
