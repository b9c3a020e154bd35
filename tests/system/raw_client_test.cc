// Clients that know src/wire/PROTOCOL.md and nothing of this code.
#include "system/scripts.h"
#include "system/system_test.h"

namespace kvbus {
namespace {

class RawClientTest : public SystemTest, public testing::WithParamInterface<std::string> {};

TEST_P(RawClientTest, PutsAndGetsAtANodeAlone) {
    harness::Cluster cluster(dir_, {.nodes = 1});
    cluster.start_all();
    const auto finished = run_script(GetParam(), {cluster.client_url(0)});
    EXPECT_EQ(finished.status(), 0) << finished.out << finished.err;
}

TEST_P(RawClientTest, PutsAndGetsAtAFollower) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    const int follower = (cluster.wait_for_leader().node + 1) % cluster.size();
    const auto finished = run_script(GetParam(), {cluster.client_url(follower)});
    EXPECT_EQ(finished.status(), 0) << finished.out << finished.err;
}

INSTANTIATE_TEST_SUITE_P(Each, RawClientTest, testing::Values("raw_req.py", "raw_clients.py"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

}  // namespace
}  // namespace kvbus
