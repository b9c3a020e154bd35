// A disk without room, as a small filesystem in memory. It is mounted in a mount namespace of this process,
// so that it goes with it.
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "system/system_test.h"

namespace kvbus {
namespace {

namespace fs = std::filesystem;

class DiskFullTest : public SystemTest {
  protected:
    void SetUp() override {
        if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "mounting a small filesystem takes root";
        if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            GTEST_SKIP() << "in a chroot a mount would show outside";
    }
    void TearDown() override {
        cluster_.reset();
        if (mounted_) umount2(disk_.c_str(), MNT_DETACH);
        SystemTest::TearDown();
    }

    // A node whose data is alone on a disk of that size.
    void start_on_small_disk(std::vector<std::string> flags) {
        cluster_ = std::make_unique<harness::Cluster>(
            dir_, harness::ClusterOptions{.nodes = 1, .flags = std::move(flags)});
        disk_ = cluster_->data_dir(0);
        fs::create_directory(disk_);
        if (mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=400m") != 0)
            harness::fail_with_errno("mount a tmpfs");
        mounted_ = true;
        fs::create_directory(disk_ / "data");
        cluster_->set_data_dir(0, disk_ / "data");
        cluster_->start_all();
        client_ = std::make_unique<Client>(ClientOptions{.endpoints = cluster_->endpoints()});
    }
    void leave_free(std::uint64_t bytes) const {
        const auto filler = disk_ / "filler";
        const int fd = open(filler.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) harness::fail_with_errno("open " + filler.string());
        const auto free = fs::space(disk_).available;
        const int error = free > bytes ? posix_fallocate(fd, 0, static_cast<off_t>(free - bytes)) : 0;
        close(fd);
        errno = error;
        if (error != 0) harness::fail_with_errno("fill " + disk_.string());
    }
    void make_room() const { fs::remove(disk_ / "filler"); }

    fs::path disk_;
    bool mounted_ = false;
    std::unique_ptr<harness::Cluster> cluster_;
    std::unique_ptr<Client> client_;
};

TEST_F(DiskFullTest, BelowItsFloorOfFreeSpaceANodeRefusesWritesUntilThereIsRoom) {
    start_on_small_disk({});  // the floor is 64 MiB by default
    put(*client_, "before", "v");
    leave_free(32 << 20);
    std::string refusal;
    harness::wait_for("a refusal", harness::patience, [&]() -> std::string {
        const auto result = client_->put("during", "v");
        if (result.ok()) return "it accepts writes";
        refusal = result.error().message;
        return result.error().code == Code::no_space ? "" : refusal;
    });
    for (const auto* text : {"n1", "64 MiB", "make room"})
        EXPECT_NE(refusal.find(text), std::string::npos) << refusal;
    EXPECT_EQ(get(*client_, "before"), "v");
    const auto kvctl = [&](const std::vector<std::string>& arguments) {
        return run_kvctl(cluster_->endpoint_list(), arguments);
    };
    EXPECT_NE(kvctl({"alarm", "list"}).out.find(" alarm:NOSPACE "), std::string::npos);
    EXPECT_TRUE(client_->remove("before").ok()) << "what does not grow is taken";
    EXPECT_TRUE(client_->compact(Revision{2}).ok());

    make_room();
    leave_free(8 << 20);
    harness::wait_for("removals to be refused too", harness::patience, [&]() -> std::string {
        const auto result = client_->remove("before");
        return !result.ok() && result.error().code == Code::no_space ? "" : "they are not";
    });

    make_room();
    harness::wait_for("writes to be accepted again", harness::patience, [&]() -> std::string {
        const auto result = client_->put("after", "v");
        return result.ok() ? "" : result.error().message;
    });
    EXPECT_EQ(kvctl({"alarm", "list"}).out, "");
}

TEST_F(DiskFullTest, WithoutAnyRoomANodeStopsAndLosesNothing) {
    constexpr int writes_max = 1000;
    start_on_small_disk({"--disk-free-min", "0"});
    leave_free(0);
    const auto value_of = [](int i) { return std::to_string(i) + std::string(512 << 10, 'x'); };
    int acknowledged = 0;
    for (; acknowledged < writes_max && cluster_->runs(0); ++acknowledged) {
        Client impatient({.endpoints = cluster_->endpoints(), .timeout = std::chrono::seconds{2}});
        if (!impatient.put("k" + std::to_string(acknowledged), value_of(acknowledged)).ok()) break;
    }
    ASSERT_LT(acknowledged, writes_max) << "the disk did not fill up";
    EXPECT_EQ(cluster_->wait_for_ending(0), harness::Ending{.status = 1});
    const auto log = harness::read_file(cluster_->log(0));
    const auto why = last_line(log);
    EXPECT_NE(why.find("no space left"), std::string::npos) << log;
    EXPECT_NE(why.find(cluster_->data_dir(0).string()), std::string::npos) << log;

    make_room();
    cluster_->start_all();
    for (int i = 0; i < acknowledged; ++i)
        EXPECT_TRUE(get(*client_, "k" + std::to_string(i)) == value_of(i)) << i;
    put(*client_, "after", "v");
}

}  // namespace
}  // namespace kvbus
