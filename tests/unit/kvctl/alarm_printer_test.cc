// What nodes say of themselves: alarms, and the hashes of what they hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvctl/endpoint_commands.h"
#include "unit/kvctl/printing.h"

namespace kvbus::kvctl {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

EndpointStatus node(const std::string& name, std::uint64_t id, std::uint64_t applied, std::uint64_t hash) {
    EndpointStatus status;
    status.header = {.cluster = ClusterId{10}, .node = NodeId{id}, .term = 3, .revision = Revision{7}};
    status.endpoint = "tcp://" + name;
    status.name = name;
    status.applied = applied;
    status.state_hash = hash;
    return status;
}

std::vector<EndpointStatus> two_nodes() {
    std::vector<EndpointStatus> nodes{node("n1", 0xab, 11, 0xfeed), node("n2", 0xcd, 11, 0xbeef)};
    nodes[1].alarms = {{"NOSPACE", 63'000ms, "no room"}, {"CORRUPT", 1'500ms, "differs"}};
    return nodes;
}

TEST(Alarms, AreLinesAsThoseOfEtcdctlAndWhatIsWrong) {
    EXPECT_EQ(printer(Format::simple)->alarms(two_nodes()),
              "memberID:205 alarm:NOSPACE for 1m3s: no room\nmemberID:205 alarm:CORRUPT for 1.5s: differs\n");
    EXPECT_EQ(printer(Format::simple)->alarms({node("n1", 1, 2, 3)}), "");
}

TEST(Alarms, HaveEtcdsNumbersInJson) {
    EXPECT_EQ(printer(Format::json)->alarms(two_nodes()),
              R"({"alarms":[)"
              R"({"memberID":205,"alarm":1,"name":"n2","type":"NOSPACE","ageMilliseconds":63000,)"
              R"("message":"no room"},{"memberID":205,"alarm":2,"name":"n2","type":"CORRUPT",)"
              R"("ageMilliseconds":1500,"message":"differs"}]})"
              "\n");
    EXPECT_EQ(printer(Format::json)->alarms({node("n1", 1, 2, 3)}), "{}\n");
    EXPECT_EQ(printer(Format::json)->alarms({}), "{}\n");
}

TEST(Alarms, AreRowsAndFieldsToo) {
    EXPECT_THAT(printer(Format::table)->alarms(two_nodes()),
                HasSubstr("|        cd |   n2 | NOSPACE | 1m3s |"));
    EXPECT_THAT(printer(Format::fields)->alarms(two_nodes()),
                HasSubstr("\"Alarm\" : \"CORRUPT\"\n\"For\" : 1.5s\n\"Message\" : \"differs\"\n\n"));
}

TEST(Alarms, ShowInTheStatus) {
    EXPECT_THAT(printer(Format::simple)->status(two_nodes()), HasSubstr(", 11, NOSPACE, CORRUPT\n"));
    EXPECT_THAT(printer(Format::table)->status(two_nodes()), HasSubstr("| NOSPACE, CORRUPT |"));
    EXPECT_THAT(printer(Format::json)->status(two_nodes()), HasSubstr(R"("alarms":[{"memberID":205,)"));
    EXPECT_THAT(printer(Format::fields)->status(two_nodes()), HasSubstr("\"Errors\" : [NOSPACE, CORRUPT]\n"));
}

TEST(Hashes, AreShownWithTheIndexAtWhichTheyAreTaken) {
    EXPECT_EQ(printer(Format::simple)->hashes(two_nodes()), "tcp://n1, feed, 7, 11\ntcp://n2, beef, 7, 11\n");
    EXPECT_THAT(printer(Format::json)->hashes(two_nodes()),
                HasSubstr(R"([{"Endpoint":"tcp://n1","HashKV":{"header":{"cluster_id":10,"member_id":171,)"
                          R"("revision":7,"raft_term":3},"hash":"feed","raftAppliedIndex":11}},)"));
    EXPECT_THAT(printer(Format::table)->hashes(two_nodes()), HasSubstr("|   n1 | feed |        7 |"));
    EXPECT_THAT(printer(Format::fields)->hashes(two_nodes()), HasSubstr("\"Hash\" : \"beef\"\n"));
}

TEST(Hashes, DifferOnlyWhereTheIndexIsTheSame) {
    EXPECT_EQ(difference_of_hashes({}), "");
    EXPECT_EQ(difference_of_hashes({node("n1", 1, 5, 8), node("n2", 2, 5, 8)}), "");
    EXPECT_EQ(difference_of_hashes({node("n1", 1, 5, 8), node("n2", 2, 6, 9)}), "");
    EXPECT_THAT(difference_of_hashes({node("n1", 1, 5, 8), node("n2", 2, 6, 7), node("n3", 3, 5, 9)}),
                HasSubstr("differ at log index 5: tcp://n1 has 8, tcp://n3 has 9"));
}

}  // namespace
}  // namespace kvbus::kvctl
