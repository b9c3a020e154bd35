#include "node/proposals.h"

#include <gtest/gtest.h>

namespace kvbus::node {
namespace {

using std::chrono::seconds;

constexpr Instant now{seconds{1}};

// Alone in its cluster, and so its leader.
raft::Core leader() {
    raft::Core core({.self = NodeId{1}}, {.membership = {.voters = {NodeId{1}}}}, now);
    const auto elected = now + seconds{1};
    core.tick(elected);
    for (auto ready = core.take(); ready.write; ready = core.take())
        core.persisted(elected, ready.write->id);
    EXPECT_EQ(core.role().kind, raft::RoleKind::leader);
    return core;
}

// The time in the one entry that is stored next.
machine::ClusterTime stored_time(raft::Core& core) {
    const auto ready = core.take();
    if (!ready.write || ready.write->append.size() != 1) {
        ADD_FAILURE() << "one entry was expected";
        return {};
    }
    return wire::BatchReader(ready.write->append.front().data.view()).time();
}

TEST(Proposals, TimeNeverGoesBackWithinALeadership) {
    auto core = leader();
    Proposals proposals;
    proposals.add(machine::without_session(machine::Put{"a", "1"}), {});
    proposals.propose(now, core, seconds{100});
    EXPECT_EQ(stored_time(core), seconds{100});
    proposals.add(machine::without_session(machine::Put{"b", "2"}), {});
    proposals.propose(now, core, seconds{50});
    EXPECT_EQ(stored_time(core), seconds{100});
}

// With such a time the next leadership would end leases that others have kept alive meanwhile.
TEST(Proposals, TheTimeOfWhatWasAbandonedIsForgotten) {
    auto core = leader();
    Proposals proposals;
    proposals.add_time(seconds{100});
    EXPECT_FALSE(proposals.empty());
    (void)proposals.abandon();
    EXPECT_TRUE(proposals.empty());
    proposals.add(machine::without_session(machine::Put{"a", "1"}), {});
    proposals.propose(now, core, seconds{50});
    EXPECT_EQ(stored_time(core), seconds{50});
}

}  // namespace
}  // namespace kvbus::node
