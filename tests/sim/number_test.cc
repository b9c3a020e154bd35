#include "sim/number.h"

#include <gtest/gtest.h>

namespace kvbus::sim {
namespace {

TEST(Number, IsWhatHasDigitsOnlyAndFits) {
    EXPECT_EQ(number_in("0"), 0U);
    EXPECT_EQ(number_in("007"), 7U);
    EXPECT_EQ(number_in("18446744073709551615"), 18'446'744'073'709'551'615U);
    for (const char* word : {"", " 1", "1 ", "-1", "+1", "1.5", "0x10", "one", "18446744073709551616"})
        EXPECT_FALSE(number_in(word)) << "'" << word << "'";
}

}  // namespace
}  // namespace kvbus::sim
