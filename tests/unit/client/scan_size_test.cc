#include "client/scan_size.h"

#include <vector>

#include <gtest/gtest.h>

namespace kvbus::client {
namespace {

std::vector<KeyValue> part(std::size_t keys, std::size_t value_bytes) {
    return std::vector<KeyValue>(keys, {.key = "key", .value = std::string(value_bytes, 'v')});
}

TEST(ScanSize, ComesToAMebibyteAPart) {
    ScanSize size;
    size.seen(part(256, 64 << 10));
    EXPECT_EQ(size.keys(), 15U);
    size.seen(part(15, 2 << 20));
    EXPECT_EQ(size.keys(), 1U);
}

TEST(ScanSize, GrowsByAndByOverSmallKeys) {
    ScanSize size;
    size.seen(part(256, 10));
    EXPECT_EQ(size.keys(), 1024U);
    for (int parts = 0; parts < 10; ++parts)
        size.seen(part(1000, 0));
    EXPECT_EQ(size.keys(), 16'384U);
}

TEST(ScanSize, IsHalvedDownToAKey) {
    ScanSize size;
    int halvings = 0;
    while (size.halve())
        ++halvings;
    EXPECT_EQ(halvings, 8);
    EXPECT_EQ(size.keys(), 1U);
}

}  // namespace
}  // namespace kvbus::client
