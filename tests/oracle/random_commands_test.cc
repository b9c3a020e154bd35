#include "oracle/random_commands.h"

#include <set>

#include <gtest/gtest.h>

#include "oracle/describe.h"

namespace kvbus::oracle {
namespace {

const Situation situation{Revision{100}, Revision{50}, {LeaseId{1}, LeaseId{2}}};

TEST(RandomCommands, AreTheSameForTheSameSeed) {
    RandomCommands one(7);
    RandomCommands other(7);
    RandomCommands different(8);
    int differences = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string drawn = describe(one.command(situation).command);
        EXPECT_EQ(drawn, describe(other.command(situation).command));
        if (drawn != describe(different.command(situation).command)) ++differences;
        EXPECT_EQ(describe(one.query(situation)), describe(other.query(situation)));
        EXPECT_EQ(one.pause(), other.pause());
        (void)different.query(situation);
        (void)different.pause();
    }
    EXPECT_GT(differences, 900);
}

TEST(RandomCommands, AreOfAllKindsAndNumberedAsAClientDoes) {
    RandomCommands commands(1);
    std::set<std::size_t> kinds;
    std::set<Flaw> flaws;
    std::set<std::pair<ClientId, Sequence>> sent;
    int retries = 0;
    for (int i = 0; i < 10'000; ++i) {
        const RandomCommand drawn = commands.command(situation);
        kinds.insert(drawn.command.operation.index());
        flaws.insert(drawn.flaw);
        if (!drawn.command.client) continue;
        EXPECT_EQ(drawn.flaw, Flaw::none);
        EXPECT_GE(drawn.command.first_unanswered, Sequence{1});
        EXPECT_LE(drawn.command.first_unanswered, drawn.command.sequence);
        if (!sent.emplace(drawn.command.client, drawn.command.sequence).second) ++retries;
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<decltype(machine::Command::operation)>);
    EXPECT_EQ(flaws.size(), 3U);
    EXPECT_GT(retries, 200);
}

machine::Operation put(std::string_view key) {
    return {machine::Put{.key = key}};
}
machine::Operation remove(std::string_view key, std::string_view range_end = {}) {
    return {machine::Delete{.key = key, .range_end = range_end}};
}
machine::Operation either(std::vector<machine::Operation> success, std::vector<machine::Operation> failure) {
    return {machine::Txn{{}, std::move(success), std::move(failure)}};
}
Flaw flaw(std::vector<machine::Operation> branch) {
    return duplicate_keys({{}, {}, std::move(branch)});
}

// As etcd's checkIntervals; appends and increments count as puts.
TEST(DuplicateKeys, OfOneBranchAndWhatIsNestedInIt) {
    EXPECT_EQ(flaw({put("a"), put("b"), remove("c"), remove("c")}), Flaw::none);
    EXPECT_EQ(flaw({put("a"), put("a")}), Flaw::certain);
    EXPECT_EQ(flaw({put("a"), {machine::Append{"a", "x"}}}), Flaw::certain);
    EXPECT_EQ(flaw({{machine::Increment{"a", 1}}, remove("a")}), Flaw::certain);
    EXPECT_EQ(flaw({put("b"), remove("a", "c")}), Flaw::certain);
    EXPECT_EQ(flaw({put("b"), remove("a", "b")}), Flaw::none);
    EXPECT_EQ(flaw({put("b"), remove("a", std::string_view{"\0", 1})}), Flaw::certain);
    EXPECT_EQ(flaw({put("a"), either({put("a")}, {})}), Flaw::certain);
    EXPECT_EQ(flaw({either({}, {put("a")}), remove("a")}), Flaw::certain);
    EXPECT_EQ(flaw({either({}, {either({remove("a")}, {})}), put("a")}), Flaw::certain);
    EXPECT_EQ(flaw({either({put("a")}, {put("a")})}), Flaw::none);  // one of them only
    EXPECT_EQ(flaw({either({put("a")}, {remove("a")})}), Flaw::none);
    EXPECT_EQ(flaw({either({put("a")}, {}), either({}, {put("a")})}), Flaw::certain);
    EXPECT_EQ(flaw({either({remove("a")}, {}), either({put("a")}, {})}), Flaw::certain);
    EXPECT_EQ(flaw({either({put("a")}, {}), either({remove("a")}, {})}), Flaw::doubtful);
    EXPECT_EQ(duplicate_keys({{}, {put("a")}, {put("a")}}), Flaw::none);
}

}  // namespace
}  // namespace kvbus::oracle
