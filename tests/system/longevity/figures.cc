#include "system/longevity/figures.h"

#include <fstream>
#include <string>
#include <system_error>

#include <sys/stat.h>

#include "system/harness/wait.h"

namespace kvbus::longevity {

Memory memory_of(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");  // proc(5): in KiB
    Memory memory;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) memory.now = std::stoull(line.substr(6)) << 10;
        if (line.starts_with("VmHWM:")) memory.peak = std::stoull(line.substr(6)) << 10;
    }
    if (memory.now == 0) throw harness::Failure("process " + std::to_string(process) + " is gone");
    return memory;
}

std::uint64_t disk_of(const std::filesystem::path& dir) {
    constexpr std::uint64_t block = 512;  // stat(2)
    std::uint64_t bytes = 0;
    std::error_code ignored;
    for (const auto& file : std::filesystem::recursive_directory_iterator(dir, ignored)) {
        struct stat info {};
        if (stat(file.path().c_str(), &info) == 0)
            bytes += static_cast<std::uint64_t>(info.st_blocks) * block;
    }
    return bytes;
}

}  // namespace kvbus::longevity
