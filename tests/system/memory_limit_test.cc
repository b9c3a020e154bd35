// A node whose state has grown to --memory-limit.
#include <string>

#include "system/system_test.h"

namespace kvbus {
namespace {

class MemoryLimitTest : public SystemTest {
  protected:
    MemoryLimitTest()
        : cluster_(dir_, {.nodes = 3, .flags = {"--memory-limit", "4MiB", "--history-bytes", "1MiB"}}) {
        cluster_.start_all();
    }

    [[nodiscard]] harness::Finished kvctl(const std::vector<std::string>& arguments) {
        return run_kvctl(cluster_.endpoint_list(), arguments);
    }
    // Until a write is refused, with what it says.
    std::string fill() {
        Client client({.endpoints = cluster_.endpoints()});
        const std::string value(64 << 10, 'v');
        for (int i = 0; i < 1000; ++i) {
            const auto result = client.put("big/" + std::to_string(i), value);
            if (result.ok()) continue;
            EXPECT_EQ(result.error().code, Code::no_space) << result.error().message;
            return result.error().message;
        }
        return "it was never full";
    }

    harness::Cluster cluster_;
};

TEST_F(MemoryLimitTest, IsKeptSaidAndLeftAgain) {
    EXPECT_EQ(kvctl({"alarm", "list"}).out, "");
    const std::string refusal = fill();
    for (const auto* text : {"4 MiB", "--memory-limit", "remove keys"})
        EXPECT_NE(refusal.find(text), std::string::npos) << refusal;
    constexpr int exit_server = 4;
    EXPECT_TRUE(refuses(kvctl({"put", "one", "more"}), exit_server, {"--memory-limit"}));
    EXPECT_TRUE(refuses(kvctl({"lease", "grant", "60"}), exit_server, {"--memory-limit"}));

    harness::wait_for("all three to raise the alarm", harness::patience, [&]() -> std::string {
        const auto listed = kvctl({"alarm", "list"});
        const auto lines = std::count(listed.out.begin(), listed.out.end(), '\n');
        return listed.status() == 0 && lines == 3 ? "" : listed.out + listed.err;
    });
    const auto listed = kvctl({"alarm", "list"});
    EXPECT_TRUE(listed.out.starts_with("memberID:")) << listed.out;
    EXPECT_NE(listed.out.find(" alarm:MEMORY "), std::string::npos) << listed.out;
    EXPECT_NE(kvctl({"endpoint", "status"}).out.find("MEMORY"), std::string::npos);
    EXPECT_EQ(kvctl({"get", "big/0", "--count-only"}).status(), 0) << "reads are served";

    EXPECT_EQ(kvctl({"del", "--prefix", "big/"}).status(), 0);
    harness::wait_for("the alarm to go", harness::patience, [&] { return kvctl({"alarm", "list"}).out; });
    EXPECT_EQ(kvctl({"put", "one", "more"}).status(), 0);
    for (int node = 0; node < cluster_.size(); ++node) {
        const auto log = harness::read_file(cluster_.log(node));
        EXPECT_NE(log.find("alarm MEMORY: node " + harness::Cluster::name(node)), std::string::npos) << log;
        EXPECT_NE(log.find("alarm MEMORY is over"), std::string::npos) << log;
    }
}

}  // namespace
}  // namespace kvbus
