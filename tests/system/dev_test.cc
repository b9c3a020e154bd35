// kvd dev: a whole cluster in one command, and nothing left of it afterwards.
#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <signal.h>

#include "system/system_test.h"

namespace kvbus {
namespace {

class DevTest : public SystemTest {
  protected:
    DevTest() {
        std::filesystem::create_directory(temporary_);
        // Node i takes BASE + 10*i for clients and the next one for other nodes.
        ports_ = harness::reserve_ports({0, 1, 10, 11, 20, 21});
    }
    [[nodiscard]] harness::CommandLine command() const {
        return {{harness::kvd_path(), "dev", "--base-port", std::to_string(ports_[0].number())},
                {"TMPDIR=" + temporary_.string()}};
    }
    [[nodiscard]] std::string printed() const { return harness::read_file(log_); }
    void wait_until_printed(const std::string& text) const {
        harness::wait_for("kvd dev to print '" + text + "'", harness::patience, [&]() -> std::string {
            return printed().find(text) != std::string::npos ? "" : "it printed only: " + printed();
        });
    }
    // The process ids after every "pid " that it has printed.
    [[nodiscard]] std::vector<pid_t> pids() const {
        std::vector<pid_t> pids;
        const auto text = printed();
        for (auto at = text.find("pid "); at != std::string::npos; at = text.find("pid ", at + 1))
            pids.push_back(std::stoi(text.substr(at + 4)));
        return pids;
    }
    [[nodiscard]] std::string endpoints() const {
        return ports_[0].url() + "," + ports_[2].url() + "," + ports_[4].url();
    }

    std::filesystem::path temporary_ = dir_ / "tmp";
    std::filesystem::path log_ = dir_ / "dev.log";
    std::vector<harness::Port> ports_;
};

TEST_F(DevTest, RunsAClusterAndLeavesNothingBehind) {
    harness::Process dev(command(), log_);
    wait_until_printed("Ctrl-C");
    const auto nodes = pids();
    ASSERT_EQ(nodes.size(), 3U) << printed();
    EXPECT_NE(printed().find("KVCTL_ENDPOINTS=" + endpoints()), std::string::npos) << printed();

    const auto put = run_kvctl(endpoints(), {"--command-timeout", "20s", "put", "greeting", "hello"});
    EXPECT_EQ(put.status(), 0) << put.err;
    ASSERT_EQ(kill(nodes[0], SIGKILL), 0);
    wait_until_printed("was killed by signal 9");
    const auto got =
        run_kvctl(endpoints(), {"--command-timeout", "20s", "get", "greeting", "--print-value-only"});
    EXPECT_EQ(got.out, "hello\n") << got.err;
    wait_until_printed("runs again");

    dev.signal(SIGTERM);
    EXPECT_EQ(dev.wait(harness::patience), harness::Ending{.status = 0});
    for (const auto pid : pids()) {
        EXPECT_EQ(kill(pid, 0), -1) << pid;
        EXPECT_EQ(errno, ESRCH);
    }
    EXPECT_TRUE(std::filesystem::is_empty(temporary_));
}

TEST_F(DevTest, EndsWhenANodeCannotStart) {
    harness::Process first(command(), log_);
    wait_until_printed("Ctrl-C");
    const auto put = run_kvctl(endpoints(), {"--command-timeout", "20s", "put", "greeting", "hello"});
    EXPECT_EQ(put.status(), 0) << put.err;
    const auto second = harness::run(command());
    EXPECT_EQ(second.status(), 1);
    EXPECT_NE(second.err.find("another process uses"), std::string::npos) << second.err;
}

// Its nodes do not outlive it, however it ends.
TEST_F(DevTest, TakesItsNodesAlongWhenItIsKilled) {
    harness::Process dev(command(), log_);
    wait_until_printed("Ctrl-C");
    const auto nodes = pids();
    dev.signal(SIGKILL);
    dev.wait(harness::patience);
    for (const auto pid : nodes) {
        harness::wait_for("node " + std::to_string(pid) + " to end", harness::patience, [&]() -> std::string {
            return kill(pid, 0) == -1 && errno == ESRCH ? "" : "it runs";
        });
    }
}

}  // namespace
}  // namespace kvbus
