#include "base/random.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace kvbus {
namespace {

// Simulations are replayed by their seed, on other machines and in other years.
TEST(Random, TheSameSeedGivesTheSameStreamForEver) {
    Random random(42);
    EXPECT_EQ(random.next(), 1546998764402558742U);
    EXPECT_EQ(random.next(), 6990951692964543102U);
    Random again(42);
    EXPECT_EQ(again.next(), 1546998764402558742U);
    EXPECT_NE(Random(43).next(), 1546998764402558742U);
}

TEST(Random, StaysWithinBounds) {
    Random random(1);
    std::array<int, 6> seen{};
    for (int i = 0; i < 6000; ++i)
        ++seen.at(random.below(6));
    for (const int count : seen)
        EXPECT_NEAR(count, 1000, 200);
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t number = random.between(10, 12);
        EXPECT_TRUE(number >= 10 && number <= 12);
    }
    EXPECT_EQ(random.between(7, 7), 7U);
    EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, ChanceIsAProbability) {
    Random random(1);
    int hits = 0;
    for (int i = 0; i < 10'000; ++i)
        hits += random.chance(0.25) ? 1 : 0;
    EXPECT_NEAR(hits, 2500, 200);
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
}

TEST(RandomSeed, IsNotTheSameTwice) {
    EXPECT_NE(random_seed(), random_seed());
}

// XXH3-64 as published: what is on disk must stay readable.
TEST(Hash, IsXxh3) {
    EXPECT_EQ(hash_bytes(""), 0x2d06800538d394c2U);
    EXPECT_EQ(hash_bytes("abc"), 0x78af5f94892f3950U);
    EXPECT_NE(hash_bytes("abc", 1), hash_bytes("abc"));
}

}  // namespace
}  // namespace kvbus
