#include "kvctl/revision_diff.h"

#include <algorithm>

#include "kvctl/json_object.h"
#include "kvctl/parse_text.h"

namespace kvbus::kvctl {

Result<const KeyValue*> RevisionDiff::Entries::first() {
    if (at_ == page_.size() && !finished_) {
        auto page = source_();
        if (!page.ok()) return page.error();
        page_ = std::move(*page);
        at_ = 0;
        finished_ = page_.empty();
    }
    return at_ == page_.size() ? nullptr : &page_[at_];
}

Result<std::optional<Change>> RevisionDiff::next() {
    while (true) {
        const auto before = before_.first();
        if (!before.ok()) return before.error();
        const auto after = after_.first();
        if (!after.ok()) return after.error();
        const KeyValue *old_entry = *before, *new_entry = *after;
        if (!old_entry && !new_entry) return std::optional<Change>{};
        if (!new_entry || (old_entry && old_entry->key < new_entry->key))
            return std::optional(Change{before_.take(), std::nullopt});
        if (!old_entry || new_entry->key < old_entry->key)
            return std::optional(Change{std::nullopt, after_.take()});
        const bool same = old_entry->mod_revision == new_entry->mod_revision;
        Change change{before_.take(), after_.take()};
        if (!same) return std::optional(std::move(change));
    }
}

std::string change_line(const Change& change, bool hex) {
    const auto form = [&](const std::string& bytes) { return hex ? hex_bytes(bytes) : go_quoted(bytes); };
    const KeyValue& any = change.before ? *change.before : *change.after;
    std::string line = !change.before ? "+ " : !change.after ? "- " : "~ ";
    line += form(any.key);
    if (change.before) line += " " + form(change.before->value);
    if (change.after) line += " " + form(change.after->value);
    return line + "\n";
}

std::string change_json(const Change& change, bool text) {
    JsonObject object;
    object.add("change", std::string(!change.before ? "added" : !change.after ? "removed" : "changed"));
    if (change.before) object.add_raw("before", json_entry(*change.before, text));
    if (change.after) object.add_raw("after", json_entry(*change.after, text));
    return object.text() + "\n";
}

std::optional<RevisionPair> parse_revision_pair(std::string_view text) {
    const std::size_t dots = text.find(".."), comma = text.find(',');
    const std::size_t between = std::min(dots, comma);
    const auto before = parse_revision(text.substr(0, between));
    if (!before || !*before) return std::nullopt;
    if (between == std::string_view::npos) return RevisionPair{*before, {}};
    const auto after = parse_revision(text.substr(between + (dots < comma ? 2 : 1)));
    if (!after || !*after) return std::nullopt;
    return RevisionPair{*before, *after};
}

}  // namespace kvbus::kvctl
