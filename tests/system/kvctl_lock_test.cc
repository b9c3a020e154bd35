// kvctl lock and elect: one holder at a time, whoever dies, and what becomes of the commands that they run.
#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class KvctlLockTest : public KvctlTest {
  protected:
    // The number of those that have or wait for this name.
    int in_line(const std::string& name) {
        return std::stoi(ask({"get", "--prefix", name + "/", "--count-only"}));
    }
    void wait_for_line(const std::string& name, int length) {
        harness::wait_for("a line of " + std::to_string(length), harness::patience, [&] {
            const int now = in_line(name);
            return now == length ? "" : std::to_string(now);
        });
    }
};

TEST_F(KvctlLockTest, RunsACommandAndEndsAsItDoes) {
    const auto finished = run({"lock", "L", "sh", "-c",
                               "echo $KVBUS_LOCK_KEY $KVBUS_LOCK_TOKEN; "
                               "echo $ETCD_LOCK_KEY $ETCD_LOCK_REV; exit 9"});
    EXPECT_EQ(finished.status(), 9);
    EXPECT_THAT(finished.out, MatchesRegex("L/[0-9a-f]+ 2\nL/[0-9a-f]+ 2\n"));
    EXPECT_EQ(finished.err, "");
    EXPECT_EQ(in_line("L"), 0);
    EXPECT_EQ(run({"lock", "L", "--", "sh", "-c", "kill -9 $$"}).status(), 128 + SIGKILL);
    EXPECT_EQ(run({"lock", "L", "true"}).status(), 0);
    EXPECT_TRUE(refuses(run({"lock", "L", "/no/such"}), 1, {"/no/such", "No such file"}));
    EXPECT_EQ(in_line("L"), 0);
}

TEST_F(KvctlLockTest, ExcludesUntilItIsReleased) {
    const auto first = start("first", {"lock", "L"});
    first.wait_for("L/");
    EXPECT_TRUE(refuses(run({"lock", "L", "--timeout", "100ms", "true"}), 1, {"\"L\"", "--timeout"}));
    EXPECT_EQ(in_line("L"), 1);
    const auto second = start("second", {"lock", "L"});
    wait_for_line("L", 2);
    EXPECT_EQ(second.printed(), "");
    EXPECT_EQ(first.end(SIGTERM), harness::Ending{.status = 0});
    second.wait_for("L/");
    EXPECT_EQ(second.end(SIGINT), harness::Ending{.status = 0});
    EXPECT_EQ(in_line("L"), 0);
}

TEST_F(KvctlLockTest, PassesOnWhenItsHolderIsKilled) {
    const auto first = start("first", {"lock", "L", "--ttl", "2"});
    first.wait_for("L/");
    const auto second = start("second", {"lock", "L"});
    wait_for_line("L", 2);
    EXPECT_EQ(first.end(SIGKILL), harness::Ending{.signal = SIGKILL});
    second.wait_for("L/");
}

TEST_F(KvctlLockTest, LeavesTheLineWhenInterrupted) {
    const auto first = start("first", {"lock", "L"});
    first.wait_for("L/");
    const auto second = start("second", {"lock", "L"});
    wait_for_line("L", 2);
    EXPECT_EQ(second.end(SIGTERM), harness::Ending{.status = 1});
    EXPECT_THAT(second.printed(), HasSubstr("interrupted"));
    EXPECT_EQ(in_line("L"), 1);
}

TEST_F(KvctlLockTest, TerminatesItsCommandWhenTheLockIsLost) {
    const auto lock = start("lock", {"lock", "L", "sh", "-c",
                                     "trap 'echo told; exit 0' TERM; echo begun; "
                                     "while :; do sleep 0.05; done"});
    lock.wait_for("begun\n");
    ask({"del", "--prefix", "L/"});
    EXPECT_EQ(lock.process->wait(harness::patience), harness::Ending{.status = exit_lost});
    EXPECT_THAT(lock.printed(), HasSubstr("told\n"));
    EXPECT_THAT(lock.printed(), HasSubstr("the lock \"L\" is lost"));
}

TEST_F(KvctlLockTest, TakesItsCommandWithIt) {
    const auto lock = start("lock", {"lock", "L", "sh", "-c",
                                     "trap 'echo told; exit 0' TERM; echo begun; "
                                     "while :; do sleep 0.05; done"});
    lock.wait_for("begun\n");
    EXPECT_EQ(lock.end(SIGKILL), harness::Ending{.signal = SIGKILL});
    lock.wait_for("told\n");
}

TEST_F(KvctlLockTest, PassesSignalsToItsCommand) {
    const auto lock = start("lock", {"lock", "L", "sh", "-c",
                                     "trap 'exit 4' TERM; echo begun; "
                                     "while :; do sleep 0.05; done"});
    lock.wait_for("begun\n");
    EXPECT_EQ(lock.end(SIGTERM), harness::Ending{.status = 4});
    EXPECT_EQ(in_line("L"), 0);
}

// --- elections ---------------------------------------------------------------------------------------------

TEST_F(KvctlLockTest, ElectsOneAfterTheOther) {
    const auto listener = start("listener", {"elect", "-l", "E", "-w", "jsonl", "--text"});
    const auto first = start("first", {"elect", "E", "one"});
    first.wait_for("one\n");
    EXPECT_THAT(first.printed(), StartsWith("E/"));
    listener.wait_for("\"value_text\":\"one\"");
    const auto second = start("second", {"elect", "E", "two"});
    wait_for_line("E", 2);
    EXPECT_EQ(second.printed(), "");
    EXPECT_EQ(first.end(SIGTERM), harness::Ending{.status = 0});
    second.wait_for("two\n");
    listener.wait_for("\"value_text\":\"two\"");
    ask({"del", "--prefix", "E/"});
    EXPECT_EQ(second.process->wait(harness::patience), harness::Ending{.status = exit_lost});
    EXPECT_EQ(listener.end(SIGTERM), harness::Ending{.status = 0});
}

}  // namespace
}  // namespace kvbus
