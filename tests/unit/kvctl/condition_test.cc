#include "kvctl/condition.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

TEST(Condition, PutsOrLooks) {
    const Txn txn = put_if({.key = "k"}, {.key = "k", .value = "v"});
    ASSERT_EQ(txn.compares.size(), 1U);
    ASSERT_EQ(txn.success.size(), 1U);
    ASSERT_EQ(txn.failure.size(), 1U);
    EXPECT_EQ(std::get<TxnPut>(txn.success[0].body).value, "v");
    EXPECT_EQ(std::get<TxnGet>(txn.failure[0].body).key, "k");
}

TxnResult found(std::vector<KeyValue> kvs) {
    return {.results = {{GetResult{{}, std::move(kvs), 0, false}}}};
}

TEST(Condition, TellsWhatIsThere) {
    EXPECT_EQ(what_is_there("k", found({{"k", "v\n", Revision{2}, Revision{7}, 3}})),
              "\"k\" holds \"v\\n\", of revision 7");
    EXPECT_EQ(what_is_there("k", found({})), "there is no \"k\"");
    EXPECT_EQ(what_is_there("k", {}), "there is no \"k\"");
    EXPECT_EQ(what_is_there("k", found({{"k", std::string(70, 'v'), Revision{2}, Revision{7}, 3}})),
              "\"k\" holds \"" + std::string(64, 'v') + "\"… (70 bytes), of revision 7");
}

}  // namespace
}  // namespace kvbus::kvctl
