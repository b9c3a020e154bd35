// Puts on a condition.
#include "unit/client/client_fixture.h"

namespace kvbus::client {
namespace {

using testing::ElementsAre;

class ConditionalPutTest : public ClientTest {};

TEST_F(ConditionalPutTest, PutsOnAConditionSayWhetherItHeld) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    const auto put = client.put_if_absent("k", "1");
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_EQ(put->revision, Revision{2});
    EXPECT_EQ(code_of(client.put_if_absent("k", "2")), Code::compare_failed);
    EXPECT_EQ(code_of(client.put_if_revision("k", "2", Revision{9})), Code::compare_failed);
    EXPECT_EQ(code_of(client.put_if_revision("k", "2", {})), Code::compare_failed);
    const auto second = client.put_if_revision("k", "2", put->revision, {.prev_kv = true});
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_EQ(second->previous->value, "1");
    EXPECT_EQ(code_of(client.compare_and_swap("k", "1", "3")), Code::compare_failed);
    EXPECT_EQ(code_of(client.compare_and_swap("absent", "", "3")), Code::compare_failed);
    EXPECT_EQ(code_of(client.compare_and_swap("k", "2", "3")), Code::ok);
    EXPECT_EQ(client.get("k")->kvs.at(0).value, "3");
    EXPECT_EQ(code_of(client.put_if_absent("", "1")), Code::invalid_argument);

    Tally tally;
    const auto count = [&](const auto& put) { tally.add(code_of(put)); };
    client.put_if_absent_async("k", "4", {}, count);
    client.put_if_revision_async("k", "4", Revision{1}, {}, count);
    client.compare_and_swap_async("k", "3", "4", {}, count);
    EXPECT_THAT(tally.wait_for(3), ElementsAre(Code::compare_failed, Code::compare_failed, Code::ok));
}

}  // namespace
}  // namespace kvbus::client
