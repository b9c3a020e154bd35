// Bytes that make no sense, on both ports, while clients are served: they change a counter and nothing else.
#include <atomic>
#include <string>
#include <thread>

#include "system/scripts.h"
#include "system/system_test.h"

namespace kvbus {
namespace {

using GarbageTest = SystemTest;

TEST_F(GarbageTest, ChangesACounterAndNothingElse) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    const int node = cluster.wait_for_leader().node;
    Client client({.endpoints = cluster.endpoints()});
    put_numbered(client, 20);
    const auto before = cluster.status(node);
    ASSERT_TRUE(before.ok());

    std::atomic<bool> done = false;
    std::atomic<int> refused = 0;
    std::atomic<int> served = 0;
    std::thread steady([&] {
        for (int i = 0; !done; ++i)
            ++(client.put("steady", std::to_string(i)).ok() ? served : refused);
    });
    const auto script = run_script("garbage.py", {cluster.client_url(node), cluster.peer_url(node)});
    done = true;
    steady.join();
    EXPECT_EQ(script.status(), 0) << script.out << script.err;
    EXPECT_EQ(refused, 0);
    EXPECT_GT(served, 0);

    harness::wait_for("the counters of bad frames to rise", harness::patience, [&]() -> std::string {
        const auto after = cluster.status(node);
        if (!after.ok()) return after.error().message;
        if (after->bad_client_frames <= before->bad_client_frames) return "none from clients is counted";
        return after->bad_peer_frames > before->bad_peer_frames ? "" : "none from nodes is counted";
    });
    const auto after = cluster.status(node);
    ASSERT_TRUE(after.ok());
    EXPECT_EQ(after->header.term, before->header.term);
    EXPECT_EQ(after->role, "leader");
    expect_numbered(client, 20);
    for (int i = 0; i < cluster.size(); ++i)
        cluster.must_run(i);
    cluster.wait_for_agreement();
}

}  // namespace
}  // namespace kvbus
