#include "base/histogram.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace kvbus {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.quantile(0.5), 0U);
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (std::uint64_t value = 0; value < 64; ++value)
        histogram.record(value);
    EXPECT_EQ(histogram.quantile(0), 0U);
    EXPECT_EQ(histogram.quantile(0.5), 32U);
    EXPECT_EQ(histogram.quantile(1), 63U);
}

TEST(Histogram, EveryValueIsWithinTwoPercent) {
    for (int bit = 6; bit < 64; ++bit) {
        for (const double part : {1.0, 1.01, 1.3, 1.99}) {
            const auto value = static_cast<std::uint64_t>(std::ldexp(part, bit));
            Histogram histogram;
            histogram.record(value);
            EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), static_cast<double>(value),
                        0.02 * static_cast<double>(value));
        }
    }
}

TEST(Histogram, HoldsTheLargestValue) {
    Histogram histogram;
    histogram.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_GT(histogram.quantile(1), std::uint64_t{1} << 63);
}

TEST(Histogram, QuantilesOfARamp) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100'000; ++value)
        histogram.record(value);
    EXPECT_EQ(histogram.count(), 100'000U);
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        EXPECT_NEAR(static_cast<double>(histogram.quantile(q)), q * 100'000, 0.02 * q * 100'000);
    }
}

TEST(Histogram, AddsUp) {
    Histogram one;
    Histogram other;
    for (int i = 0; i < 90; ++i)
        one.record(10);
    for (int i = 0; i < 10; ++i)
        other.record(50);
    one.add(other);
    EXPECT_EQ(one.count(), 100U);
    EXPECT_EQ(one.quantile(0.89), 10U);
    EXPECT_EQ(one.quantile(0.91), 50U);
}

}  // namespace
}  // namespace kvbus
