#include "kvctl/text_table.h"

#include <algorithm>

#include "base/check.h"

namespace kvbus::kvctl {
namespace {

// Columns that a terminal shows: characters, not bytes.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

std::string TextTable::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < titles_.size(); ++column) {
        widths.push_back(width_of(titles_[column]));
        for (const auto& row : rows_) {
            KV_CHECK(row.size() == titles_.size());
            widths[column] = std::max(widths[column], width_of(row[column]));
        }
    }
    std::string line = "+";
    for (const std::size_t width : widths)
        line += std::string(width + 2, '-') + "+";
    line += "\n";

    // Of the spaces that fill a cell, one in `share` goes before its text.
    const auto append_row = [&](std::string& out, const std::vector<std::string>& cells, std::size_t share) {
        out += "|";
        for (std::size_t column = 0; column < cells.size(); ++column) {
            const std::size_t fill = widths[column] - width_of(cells[column]);
            const std::size_t before = fill / share;
            out += std::string(before + 1, ' ') + cells[column] + std::string(fill - before + 1, ' ') + "|";
        }
        out += "\n";
    };
    std::string out = line;
    append_row(out, titles_, 2);
    out += line;
    for (const auto& row : rows_)
        append_row(out, row, 1);
    if (!rows_.empty()) out += line;
    return out;
}

}  // namespace kvbus::kvctl
