#include "oracle/describe.h"

#include <gtest/gtest.h>

namespace kvbus::oracle {
namespace {

using namespace std::string_view_literals;

TEST(Describe, BytesThatDoNotPrint) {
    EXPECT_EQ(describe_bytes("a\0\xff\"\\"sv), R"("a\x00\xff\x22\x5c")");
    EXPECT_EQ(describe_bytes(std::string(81, 'a')), "\"" + std::string(80, 'a') + "\"... of 81 bytes");
}

TEST(Describe, ATransactionOnOneLine) {
    machine::Txn txn;
    txn.compares.push_back({.key = "a", .relation = machine::Relation::greater, .number = 3});
    txn.success.push_back({machine::Put{.key = "a", .value = "1", .lease = LeaseId{7}, .prev_kv = true}});
    txn.failure.push_back({machine::RangeQuery{
        .key = "a", .range_end = "b"sv, .limit = 2, .sort_order = machine::SortOrder::descend}});
    EXPECT_EQ(
        describe({ClientId{1}, Sequence{2}, Sequence{1}, txn}),
        R"(txn if {version of "a" > 3} then {put "a" = "1" lease=7 prev_kv})"
        R"( else {range ["a", "b") limit=2 sort=key:descending} (client 1, sequence 2, first unanswered 1))");
}

TEST(Describe, AnOutcome) {
    EXPECT_EQ(describe(machine::Outcome{Code::ok, Revision{3}, 1, nullptr}),
              "ok at revision 3, 1 deleted, no answer");
}

}  // namespace
}  // namespace kvbus::oracle
