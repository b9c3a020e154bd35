// Ranges in parts.
#include <algorithm>
#include <utility>

#include "unit/client/client_fixture.h"

namespace kvbus::client {
namespace {

class ClientScanTest : public ClientTest {};

TEST_F(ClientScanTest, AScanReadsOneRevisionInParts) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    Tally tally;
    constexpr int count = 1000;
    for (int i = 0; i < count; ++i)
        client.put_async("s/" + std::to_string(1000 + i), "old", {},
                         [&](const auto& put) { tally.add(code_of(put)); });
    tally.wait_for(count);

    std::vector<std::string> keys;
    int parts = 0;
    const auto header = client.scan("s/", {.range_end = prefix_end("s/")}, [&](std::vector<KeyValue>& part) {
        ++parts;
        for (const KeyValue& kv : part) {
            EXPECT_EQ(kv.value, "old");
            keys.push_back(kv.key);
        }
        EXPECT_TRUE(client.put("s/1999", "new").ok());
        EXPECT_TRUE(client.remove(part.back().key + "x").ok());
        return true;
    });
    ASSERT_TRUE(header.ok()) << header.error().message;
    EXPECT_EQ(keys.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(keys));
    EXPECT_GT(parts, 1);
    EXPECT_EQ(header->revision, Revision{count + 1});
}

TEST_F(ClientScanTest, AScanStopsWhereItIsTold) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(client.put("s/" + std::to_string(i), "v").ok());
    const auto scanned = [&](const GetOptions& options, bool go_on) {
        std::size_t keys = 0;
        const auto header = client.scan("s/", options, [&](std::vector<KeyValue>& part) {
            keys += part.size();
            return go_on;
        });
        return std::pair(code_of(header), keys);
    };
    const std::string end = prefix_end("s/");
    EXPECT_EQ(scanned({.range_end = end}, true), std::pair(Code::ok, std::size_t{10}));
    EXPECT_EQ(scanned({.range_end = end, .limit = 4}, true), std::pair(Code::ok, std::size_t{4}));
    EXPECT_EQ(scanned({.range_end = end, .revision = Revision{4}}, true),
              std::pair(Code::ok, std::size_t{3}));
    EXPECT_EQ(scanned({.range_end = "s0"}, false), std::pair(Code::ok, std::size_t{10}));
    EXPECT_EQ(scanned({}, true), std::pair(Code::ok, std::size_t{0}));
    EXPECT_EQ(scanned({.range_end = end, .sort_order = SortOrder::descend}, true).first,
              Code::invalid_argument);
    EXPECT_EQ(scanned({.range_end = end, .count_only = true}, true).first, Code::invalid_argument);
    EXPECT_EQ(scanned({.range_end = end, .revision = Revision{99}}, true).first, Code::future_revision);
}

}  // namespace
}  // namespace kvbus::client
