#include "node/promises.h"

#include <gmock/gmock.h>

namespace kvbus::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Write `id`, which promises something to the node of the same number.
raft::Write promising(std::uint64_t id, bool stores = true) {
    raft::Write write{.id = raft::WriteId{id}};
    if (stores) write.append.push_back({.id = {Term{1}, Index{id}}});
    write.then_send.push_back({NodeId{id}, {Term{1}, raft::AppendReply{true, Index{id}, {}}}});
    return write;
}

bool add(Promises& promises, raft::Write write) {
    return promises.add(write);
}

std::vector<NodeId> kept_by(Promises& promises, std::uint64_t through) {
    std::vector<NodeId> to;
    for (const auto& envelope : promises.persisted(raft::WriteId{through}).send)
        to.push_back(envelope.to);
    return to;
}

TEST(Promises, LeaveWithTheirOwnWrite) {
    Promises promises;
    for (const std::uint64_t id : {1, 2, 3, 4})
        EXPECT_TRUE(add(promises, promising(id)));
    EXPECT_THAT(kept_by(promises, 1), ElementsAre(NodeId{1}));
    EXPECT_THAT(kept_by(promises, 3), ElementsAre(NodeId{2}, NodeId{3}));
    EXPECT_THAT(kept_by(promises, 4), ElementsAre(NodeId{4}));
    EXPECT_TRUE(promises.empty());
}

TEST(Promises, ThatStoreNothingWaitForTheWritesBeforeThem) {
    Promises promises;
    EXPECT_TRUE(add(promises, promising(1)));
    EXPECT_TRUE(add(promises, promising(2)));
    EXPECT_FALSE(add(promises, promising(3, false)));
    EXPECT_FALSE(promises.durable_already());
    EXPECT_THAT(kept_by(promises, 1), ElementsAre(NodeId{1}));
    EXPECT_FALSE(promises.durable_already());
    EXPECT_THAT(kept_by(promises, 2), ElementsAre(NodeId{2}, NodeId{3}));
}

TEST(Promises, ThatStoreNothingAndWaitForNothingAreDurableAlready) {
    Promises promises;
    EXPECT_FALSE(add(promises, promising(1, false)));
    EXPECT_EQ(promises.durable_already(), raft::WriteId{1});
    EXPECT_THAT(kept_by(promises, 1), ElementsAre(NodeId{1}));
    EXPECT_FALSE(promises.durable_already());
    EXPECT_THAT(kept_by(promises, 1), IsEmpty());
}

}  // namespace
}  // namespace kvbus::node
