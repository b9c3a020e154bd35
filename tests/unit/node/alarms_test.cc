// What a node does without room: on its disk, or in its memory.
#include "node/alarms.h"

#include <string>

#include <gmock/gmock.h>

#include "machine/machine.h"
#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

machine::Operation part(auto body) {
    return {std::move(body)};
}
const machine::Put a_put{.key = "k", .value = "v"};
const machine::Delete a_delete{.key = "k"};

TEST(MayGrow, EverythingButRemovalsCompactionsAndWhatIsAboutLeasesThatAreThere) {
    using namespace machine;
    for (const Change& grows : {Change{a_put}, Change{Append{"k", "v"}}, Change{Increment{"k"}},
                                Change{LeaseGrant{LeaseId{1}}}, Change{Campaign{"n", "v", LeaseId{1}}}})
        EXPECT_TRUE(may_grow(grows)) << grows.index();
    for (const Change& does_not : {Change{a_delete}, Change{Compact{Revision{2}}},
                                   Change{LeaseRevoke{LeaseId{1}}}, Change{LeaseKeepAlive{LeaseId{1}}}})
        EXPECT_FALSE(may_grow(does_not)) << does_not.index();
}

TEST(MayGrow, ATransactionWithAPutInAnyBranchHoweverDeep) {
    using namespace machine;
    EXPECT_FALSE(may_grow(Txn{}));
    EXPECT_FALSE(may_grow(Txn{.success = {part(a_delete)}, .failure = {part(RangeQuery{.key = "k"})}}));
    EXPECT_TRUE(may_grow(Txn{.success = {part(a_put)}}));
    EXPECT_TRUE(may_grow(Txn{.success = {part(a_delete)}, .failure = {part(Increment{"k"})}}));
    const Txn inner{.failure = {part(a_put)}};
    EXPECT_TRUE(may_grow(Txn{.success = {part(Txn{.failure = {part(inner)}})}}));
}

TEST(Alarms, DoNotFlapAtTheirLimits) {
    constexpr std::uint64_t gib = 1 << 30;
    Alarms alarms("n1", {.disk_free_min = 1000, .memory_max = 1000});
    alarms.measure({}, 1000, 1000);
    EXPECT_TRUE(alarms.list({}).empty());
    alarms.measure({}, 999, 1001);
    EXPECT_EQ(alarms.list({}).size(), 2U);
    alarms.measure({}, 1049, 951);
    EXPECT_EQ(alarms.list({}).size(), 2U) << "only a little better";
    alarms.measure({}, 1050, 950);
    EXPECT_TRUE(alarms.list({}).empty());
    alarms.measure({}, gib, gib);
    ASSERT_EQ(alarms.list(Instant{} + seconds{3}).size(), 1U);
    EXPECT_EQ(alarms.list(Instant{} + seconds{3})[0].age, seconds{3});
}

TEST(Alarms, WithoutAMemoryLimitThereIsNone) {
    Alarms alarms("n1", {});
    alarms.measure({}, 0, std::uint64_t{1} << 50);
    EXPECT_TRUE(alarms.list({}).empty());
}

Config with_little_room() {
    Config config;
    config.memory_limit_bytes = 64 << 10;
    config.machine.history.bytes_max = 1 << 20;
    return config;
}

class Room : public ::testing::Test {
  protected:
    Room() : cluster(3, with_little_room()) { cluster.elect(1); }

    [[nodiscard]] Error refusal_of(int node, const wire::Request& request) {
        cluster.request(node, "c", request);
        cluster.advance(milliseconds{60});
        const auto replies = cluster.replies(node, "c");
        if (replies.size() != 1) return {Code::internal, "no answer"};
        const auto* error = std::get_if<Error>(&replies[0].body);
        return error == nullptr ? Error{Code::ok, ""} : *error;
    }
    [[nodiscard]] Code code_of(int node, const wire::Request& request) {
        return refusal_of(node, request).code;
    }
    static wire::Request command(machine::Change change) {
        return {.id = 1, .timeout_ms = 0, .body = machine::without_session(std::move(change))};
    }
    void fill() {
        const std::string value(1000, 'v');
        for (int i = 0; i < 200 && code_of(1, put(1, "k" + std::to_string(i), value)) == Code::ok; ++i) {
        }
    }
    [[nodiscard]] std::vector<Alarm> alarms(int node) { return cluster.node(node).alarms(cluster.now()); }

    Cluster cluster;
};

TEST_F(Room, OfMemoryThatIsFullTakesOnlyWhatDoesNotGrow) {
    fill();
    const auto refused = refusal_of(1, put(1, "one", "more"));
    EXPECT_EQ(refused.code, Code::no_space);
    EXPECT_THAT(refused.message, HasSubstr("--memory-limit"));
    EXPECT_EQ(code_of(1, command(machine::LeaseGrant{LeaseId{7}, seconds{9}})), Code::no_space);
    EXPECT_EQ(code_of(1, command(machine::Txn{.failure = {part(a_put)}})), Code::no_space);
    EXPECT_EQ(code_of(2, put(1, "one", "more")), Code::no_space) << "a follower's memory is as full";
    ASSERT_EQ(alarms(1).size(), 1U);
    EXPECT_EQ(alarms(1)[0].type, "MEMORY");
    EXPECT_EQ(cluster.node(1).status(cluster.now()).alarms.size(), 1U);

    EXPECT_EQ(code_of(1, get(1, "k0")), Code::ok);
    EXPECT_EQ(code_of(1, command(machine::Txn{.success = {part(machine::Delete{.key = "k0"})}})), Code::ok);
    EXPECT_EQ(code_of(1, command(machine::Delete{.key = "k", .range_end = "l"})), Code::ok);
    EXPECT_EQ(code_of(1, put(1, "one", "more")), Code::no_space) << "what was removed is history";
    EXPECT_EQ(code_of(1, command(machine::Compact{cluster.node(1).machine().revision()})), Code::ok);
    cluster.advance(seconds{1});
    EXPECT_TRUE(alarms(1).empty()) << "by itself, though nobody writes";
    EXPECT_TRUE(alarms(2).empty());
    EXPECT_EQ(code_of(1, put(1, "one", "more")), Code::ok);
}

TEST_F(Room, OfMemoryThatNothingCanGiveBackCausesNoEntries) {
    fill();
    cluster.advance(seconds{1});
    const auto last = cluster.node(1).status(cluster.now()).last;
    cluster.advance(seconds{3});
    EXPECT_EQ(cluster.node(1).status(cluster.now()).last, last);
}

TEST_F(Room, OnTheDiskBelowItsFloorIsKeptForWhatDoesNotGrow) {
    ASSERT_EQ(code_of(1, put(1, "k", "v")), Code::ok);
    cluster.disk(1).free_bytes = 32 << 20;  // the floor is 64 MiB
    EXPECT_EQ(code_of(1, put(1, "k", "v")), Code::no_space);
    EXPECT_EQ(code_of(1, command(a_delete)), Code::ok);
    EXPECT_EQ(code_of(1, command(machine::Compact{Revision{2}})), Code::ok);
    ASSERT_EQ(alarms(1).size(), 1U);
    EXPECT_EQ(alarms(1)[0].type, "NOSPACE");
    cluster.disk(1).free_bytes = 15 << 20;
    EXPECT_EQ(code_of(1, command(a_delete)), Code::no_space) << "the last of it is for the node itself";
    cluster.disk(1).free_bytes = 1 << 30;
    cluster.advance(milliseconds{100});
    EXPECT_TRUE(alarms(1).empty());
}

}  // namespace
}  // namespace kvbus::node::testing
