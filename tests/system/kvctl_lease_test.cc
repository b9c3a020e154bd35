// kvctl's leases, and keys that end by themselves.
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "system/harness/wait.h"
#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class KvctlLeaseTest : public KvctlTest {
  protected:
    std::string granted(const std::string& ttl) {
        const std::string out = ask({"lease", "grant", ttl});
        EXPECT_THAT(out, MatchesRegex("lease [0-9a-f]+ granted with TTL\\([0-9]+s\\)\n"));
        return out.substr(6, 16);
    }
};

TEST_F(KvctlLeaseTest, HoldsKeysUntilItIsRevoked) {
    const std::string lease = granted("60");
    EXPECT_EQ(ask({"put", "k", "v", "--lease", lease}), "OK\n");
    EXPECT_THAT(
        ask({"lease", "timetolive", lease, "--keys"}),
        MatchesRegex("lease " + lease +
                     " granted with TTL\\(60s\\), remaining\\([0-9]+s\\), attached keys\\(\\[k\\]\\)\n"));
    EXPECT_EQ(ask({"lease", "list"}), "found 1 leases\n" + lease + "\n");
    EXPECT_EQ(ask({"lease", "keep-alive", "--once", lease}), "lease " + lease + " keepalived with TTL(60)\n");
    EXPECT_THAT(ask({"get", "k", "-w", "table"}), HasSubstr(lease));
    EXPECT_EQ(ask({"lease", "revoke", lease}), "lease " + lease + " revoked\n");
    EXPECT_EQ(ask({"get", "k"}), "");
    EXPECT_EQ(ask({"lease", "list"}), "found 0 leases\n");
}

TEST_F(KvctlLeaseTest, HasTheIdThatWasAskedFor) {
    EXPECT_EQ(ask({"lease", "grant", "1m30s", "--id", "abc"}),
              "lease 0000000000000abc granted with TTL(90s)\n");
    EXPECT_TRUE(refuses(run({"lease", "grant", "90", "--id", "abc"}), exit_server, {"lease"}));
    EXPECT_THAT(ask({"lease", "timetolive", "abc", "-w", "json"}), HasSubstr(R"("id":2748,"ttl":)"));
}

TEST_F(KvctlLeaseTest, IsToldToBeGone) {
    EXPECT_EQ(ask({"lease", "timetolive", "1234"}), "lease 0000000000001234 already expired\n");
    EXPECT_TRUE(refuses(run({"lease", "revoke", "1234"}), exit_server, {"lease"}));
    EXPECT_TRUE(refuses(run({"lease", "keep-alive", "--once", "1234"}), exit_server, {"lease"}));
    EXPECT_TRUE(refuses(run({"put", "k", "v", "--lease", "1234"}), exit_server, {"lease"}));
    EXPECT_EQ(ask({"lease", "keep-alive", "1234"}), "lease 0000000000001234 expired or revoked.\n");
}

TEST_F(KvctlLeaseTest, IsKeptAliveUntilItIsRevoked) {
    const std::string lease = granted("3");
    const auto file = dir_ / "keep-alive";
    harness::write_file(file, "");
    std::jthread keeper([&] {
        const auto ended =
            harness::run({{"/bin/sh", "-c", "exec \"$0\" \"$@\" > " + file.string(), harness::kvctl_path(),
                           "--endpoints", cluster_.client_url(0), "lease", "keep-alive", lease}});
        EXPECT_EQ(ended.status(), 0) << ended.err;
    });
    // Five renewals, a second apart, are longer than it would last by itself.
    const std::string renewed = "lease " + lease + " keepalived with TTL(3)\n";
    const auto five = renewed + renewed + renewed + renewed + renewed;
    harness::wait_for("five renewals", std::chrono::seconds{20}, [&] {
        return harness::read_file(file).starts_with(five) ? "" : harness::read_file(file);
    });
    EXPECT_EQ(ask({"lease", "revoke", lease}), "lease " + lease + " revoked\n");
    keeper.join();
    EXPECT_TRUE(harness::read_file(file).ends_with("lease " + lease + " expired or revoked.\n"));
}

TEST_F(KvctlLeaseTest, EndsKeysByThemselves) {
    EXPECT_EQ(ask({"put", "soon", "v", "--ttl", "500ms"}), "OK\n");
    EXPECT_EQ(ask({"put", "late", "v", "--ttl", "1h"}), "OK\n");
    harness::wait_for("the end of the key", std::chrono::seconds{20}, [&] { return ask({"get", "soon"}); });
    EXPECT_EQ(ask({"get", "late"}), "late\nv\n");
}

}  // namespace
}  // namespace kvbus
