#include "kvd/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace kvbus::kvd {
namespace {

namespace fs = std::filesystem;
using Bytes = std::optional<std::uint64_t>;

Bytes least(Bytes a, Bytes b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

// "MemTotal:       16384000 kB".
Bytes built_in(const fs::path& root) {
    std::ifstream file(root / "proc/meminfo");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t kibibytes = 0;
        if (words >> name >> kibibytes && name == "MemTotal:") return kibibytes << 10;
    }
    return std::nullopt;
}

// "max" is no limit, nor is the huge number that version 1 has for that, which is more than any machine has.
Bytes limit_in(const fs::path& file_path) {
    std::ifstream file(file_path);
    std::uint64_t bytes = 0;
    if (!(file >> bytes)) return std::nullopt;
    return bytes;
}

// Of the group and of all that it is in. Within a container the group's own path may not show, and the
// top of what shows is the container.
Bytes limit_of_groups(const fs::path& top, std::string_view group, std::string_view file) {
    Bytes limit = limit_in(top / file);
    fs::path at = top;
    for (const fs::path& name : fs::path(group).relative_path()) {
        at /= name;
        limit = least(limit, limit_in(at / file));
    }
    return limit;
}

// "0::/a/b" of version 2; "4:memory:/a/b" of version 1, where controllers may share a hierarchy.
Bytes allowed(const fs::path& root) {
    Bytes limit;
    std::ifstream file(root / "proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::string group = line.substr(second + 1);
        const fs::path groups = root / "sys/fs/cgroup";
        if (controllers == ",,") limit = least(limit, limit_of_groups(groups, group, "memory.max"));
        if (controllers.find(",memory,") != std::string::npos)
            limit = least(limit, limit_of_groups(groups / "memory", group, "memory.limit_in_bytes"));
    }
    return limit;
}

}  // namespace

Bytes machine_memory(const fs::path& root) {
    return least(built_in(root), allowed(root));
}

}  // namespace kvbus::kvd
