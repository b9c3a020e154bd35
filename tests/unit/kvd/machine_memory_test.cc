#include "kvd/machine_memory.h"

#include <fstream>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace kvbus::kvd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1 << 20;

// A tree of files that stands for / of a machine with 16 GiB.
class MachineMemory : public testing::Test {
  protected:
    MachineMemory() {
        std::string pattern = (fs::temp_directory_path() / "kvbus-memory-XXXXXX").string();
        root_ = mkdtemp(pattern.data());
        write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1048576 kB\n");
    }
    ~MachineMemory() override { fs::remove_all(root_); }

    void write(const fs::path& path, std::string_view text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    [[nodiscard]] std::uint64_t memory() const { return machine_memory(root_).value_or(0); }

    fs::path root_;
};

TEST_F(MachineMemory, IsWhatIsBuiltInWhereNothingLimitsIt) {
    EXPECT_EQ(memory(), 16384 * mib);
    write("proc/self/cgroup", "0::/user.slice\n");
    write("sys/fs/cgroup/user.slice/memory.max", "max\n");
    EXPECT_EQ(memory(), 16384 * mib);
}

TEST_F(MachineMemory, IsWhatTheGroupOrOneAroundItAllows) {
    write("proc/self/cgroup", "0::/system.slice/kvd.service\n");
    write("sys/fs/cgroup/system.slice/kvd.service/memory.max", "2147483648\n");
    EXPECT_EQ(memory(), 2048 * mib);
    write("sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
    EXPECT_EQ(memory(), 1024 * mib);
}

TEST_F(MachineMemory, WithinAContainerIsWhatStandsAtTheTop) {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "536870912\n");
    EXPECT_EQ(memory(), 512 * mib);
    write("proc/self/cgroup", "0::/../somewhere/else\n");
    EXPECT_EQ(memory(), 512 * mib) << "a path that does not show there";
}

TEST_F(MachineMemory, OfTheFirstVersionOfGroupsToo) {
    write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(memory(), 16384 * mib);
    write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "268435456\n");
    EXPECT_EQ(memory(), 256 * mib);
}

TEST_F(MachineMemory, IsUnknownWhereTheSystemSaysNothing) {
    fs::remove_all(root_ / "proc");
    EXPECT_FALSE(machine_memory(root_).has_value());
    write("proc/meminfo", "nonsense\n");
    write("proc/self/cgroup", "nonsense\n0:\n");
    EXPECT_FALSE(machine_memory(root_).has_value());
}

}  // namespace
}  // namespace kvbus::kvd
