#include "system/harness/table.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kvbus::harness {

Duration median(std::vector<Duration> values) {
    if (values.empty()) return {};
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string milliseconds_text(Duration value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%8.1f ms", static_cast<double>(value.count()) / 1e6);
    return text.data();
}

void print_rows(const std::vector<std::pair<std::string, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& [name, value] : rows)
        width = std::max(width, name.size());
    for (const auto& [name, value] : rows)
        std::printf("%-*s  %s\n", static_cast<int>(width), name.c_str(), value.c_str());
}

}  // namespace kvbus::harness
