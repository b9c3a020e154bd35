#include "node/proposals.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "node/apply.h"

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

// The one entry that is stored next.
raft::Entry stored(raft::Core& core) {
    const auto ready = core.take();
    if (!ready.write || ready.write->append.size() != 1) {
        ADD_FAILURE() << "one entry was expected";
        return {};
    }
    return ready.write->append.front();
}

machine::ClusterTime stored_time(raft::Core& core) {
    const auto entry = stored(core);
    return wire::BatchReader(entry.data.view()).time();
}

TEST(Proposals, TimeNeverGoesBackWithinALeadership) {
    auto core = leader();
    Proposals proposals;
    proposals.add(machine::without_session(machine::Put{"a", "1"}), {}, seconds{0});
    proposals.propose(now, core, seconds{100});
    EXPECT_EQ(stored_time(core), seconds{100});
    proposals.add(machine::without_session(machine::Put{"b", "2"}), {}, seconds{0});
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
    proposals.add(machine::without_session(machine::Put{"a", "1"}), {}, seconds{0});
    proposals.propose(now, core, seconds{50});
    EXPECT_EQ(stored_time(core), seconds{50});
}

// A lease that is granted in it would end early by as long as nothing was written before.
TEST(Proposals, ABatchThatIsFullCarriesTheTimeOfThen) {
    auto core = leader();
    Proposals proposals;
    proposals.add(machine::without_session(machine::Put{"a", "1"}), {}, seconds{1});
    proposals.propose(now, core, seconds{1});
    EXPECT_EQ(stored_time(core), seconds{1});
    const std::string value(1'000'000, 'v');
    for (int i = 0; i < 3; ++i)
        proposals.add(machine::without_session(machine::Put{"a", value}), {}, seconds{100});
    EXPECT_FALSE(proposals.empty());
    proposals.propose(now, core, seconds{101});
    const auto ready = core.take();
    ASSERT_TRUE(ready.write);
    ASSERT_EQ(ready.write->append.size(), 2U);
    EXPECT_EQ(wire::BatchReader(ready.write->append[0].data.view()).time(), seconds{100});
    EXPECT_EQ(wire::BatchReader(ready.write->append[1].data.view()).time(), seconds{101});
}

// All nodes go by them, whatever they were started with: what is compacted shows in answers.
TEST(Proposals, EntriesCarryTheLeadersLimitsOfHistory) {
    auto core = leader();
    Proposals proposals({.revisions_max = 2});
    for (int i = 0; i < 5; ++i)
        proposals.add(machine::without_session(machine::Put{"a", "v"}), {}, seconds{0});
    proposals.propose(now, core, seconds{1});
    machine::Machine machine;
    ASSERT_TRUE(apply_entry(machine, stored(core), {}).ok());
    EXPECT_EQ(machine.revision(), Revision{6});
    EXPECT_EQ(machine.compacted(), Revision{4});
}

}  // namespace
}  // namespace kvbus::node
