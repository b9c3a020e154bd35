// What is told of leases, word for word as etcdctl 3.4 does.
#include <gtest/gtest.h>

#include "unit/kvctl/printing.h"

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test

const LeaseResult granted{header, LeaseId{0xabc}, 10s};
const LeaseList two_leases{header, {LeaseId{0xabc}, LeaseId{0x32695410dcc0ca06}}};

LeaseView held() {
    return {.status = {header, LeaseId{0xabc}, 100s, 98'700ms, {"a", "b"}}, .with_keys = true};
}

LeaseView expired() {
    return {.status = {.lease = LeaseId{0x1234}}, .expired = true};
}

TEST(SimplePrinter, Leases) {
    const auto simple = printer(Format::simple);
    EXPECT_EQ(simple->lease_granted(granted), "lease 0000000000000abc granted with TTL(10s)\n");
    EXPECT_EQ(simple->lease_granted({header, LeaseId{1}, 2500ms}),
              "lease 0000000000000001 granted with TTL(2.5s)\n");
    EXPECT_EQ(simple->lease_kept_alive(granted), "lease 0000000000000abc keepalived with TTL(10)\n");
    EXPECT_EQ(simple->lease_revoked({header, Revision{7}}, LeaseId{0xabc}),
              "lease 0000000000000abc revoked\n");
    EXPECT_EQ(simple->leases(two_leases), "found 2 leases\n0000000000000abc\n32695410dcc0ca06\n");
    EXPECT_EQ(simple->lease_status(held()),
              "lease 0000000000000abc granted with TTL(100s), remaining(98s), attached keys([a b])\n");
    EXPECT_EQ(simple->lease_status({.status = held().status}),
              "lease 0000000000000abc granted with TTL(100s), remaining(98s)\n");
    EXPECT_EQ(simple->lease_status(expired()), "lease 0000000000001234 already expired\n");
}

TEST(JsonPrinter, Leases) {
    const auto json = printer(Format::json);
    const std::string head = R"({"cluster_id":10,"member_id":171,"revision":7,"raft_term":3,)";
    EXPECT_EQ(json->lease_granted(granted), head + R"("ID":2748,"TTL":10,"Error":""})" + "\n");
    EXPECT_EQ(json->lease_kept_alive(granted), head + R"("ID":2748,"TTL":10})" + "\n");
    EXPECT_EQ(json->lease_revoked({header, Revision{8}}, LeaseId{0xabc}),
              R"({"header":{"cluster_id":10,"member_id":171,"revision":8,"raft_term":3}})"
              "\n");
    EXPECT_EQ(json->leases(two_leases),
              head + R"("leases":[{"id":2748},{"id":3632527005850847750}]})" + "\n");
    EXPECT_EQ(json->lease_status(held()),
              head + R"("id":2748,"ttl":98,"granted-ttl":100,"keys":["YQ==","Yg=="]})" + "\n");
    EXPECT_EQ(json->lease_status(expired()), R"({"id":4660,"ttl":-1,"granted-ttl":0,"keys":null})"
                                             "\n");
}

TEST(FieldsPrinter, Leases) {
    const auto fields = printer(Format::fields);
    const std::string head = "\"ClusterID\" : 10\n\"MemberID\" : 171\n\"Revision\" : 7\n\"RaftTerm\" : 3\n";
    EXPECT_EQ(fields->lease_granted(granted), head + "\"ID\" : 2748\n\"TTL\" : 10\n");
    EXPECT_EQ(fields->leases(two_leases), head + "\"ID\" : 2748\n\"ID\" : 3632527005850847750\n");
    EXPECT_EQ(fields->lease_status(held()),
              head + "\"ID\" : 2748\n\"TTL\" : 98\n\"GrantedTTL\" : 100\n\"Key\" : \"a\"\n\"Key\" : \"b\"\n");
}

TEST(TablePrinter, Leases) {
    EXPECT_EQ(printer(Format::table)->lease_status(held()),
              "+------------------+------+-----------+\n"
              "|      LEASE       | TTL  | REMAINING |\n"
              "+------------------+------+-----------+\n"
              "| 0000000000000abc | 100s |       98s |\n"
              "+------------------+------+-----------+\n"
              "+-----+\n"
              "| KEY |\n"
              "+-----+\n"
              "| \"a\" |\n"
              "| \"b\" |\n"
              "+-----+\n");
}

}  // namespace
}  // namespace kvbus::kvctl
