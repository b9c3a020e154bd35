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

    harness::wait_for(
        "the counters of bad frames and connections to rise", harness::patience, [&]() -> std::string {
            const auto after = cluster.status(node);
            if (!after.ok()) return after.error().message;
            const auto rose = [&](std::uint64_t EndpointStatus::*count) {
                return *after.*count > *before.*count;
            };
            if (!rose(&EndpointStatus::bad_client_frames)) return "no frame from clients is counted";
            if (!rose(&EndpointStatus::bad_peer_frames)) return "no frame from nodes is counted";
            if (!rose(&EndpointStatus::bad_client_connections))
                return "no connection to the client port is counted";
            return rose(&EndpointStatus::bad_peer_connections) ? ""
                                                               : "no connection to the peer port is counted";
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
