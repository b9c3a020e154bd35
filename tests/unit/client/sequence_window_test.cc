#include "client/sequence_window.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace kvbus::client {
namespace {

TEST(SequenceWindow, FirstUnansweredIsTheLowestOpenNumber) {
    SequenceWindow window(4);
    EXPECT_EQ(window.first_unanswered(), Sequence{1});
    for (std::uint64_t number : {1, 2, 3, 4})
        EXPECT_EQ(window.open(), Sequence{number});
    EXPECT_TRUE(window.full());
    window.close(Sequence{2});
    EXPECT_EQ(window.first_unanswered(), Sequence{1});
    EXPECT_TRUE(window.full());
    window.close(Sequence{1});
    EXPECT_EQ(window.first_unanswered(), Sequence{3});
    EXPECT_FALSE(window.full());
    window.close(Sequence{4});
    window.close(Sequence{3});
    EXPECT_EQ(window.first_unanswered(), Sequence{5});
    EXPECT_EQ(window.open(), Sequence{5});
}

TEST(SequenceWindow, AgreesWithASetOfOpenNumbers) {
    Random random(1);
    SequenceWindow window(16);
    std::set<std::uint64_t> open;
    std::uint64_t next = 1;
    for (int step = 0; step < 10'000; ++step) {
        const bool full = !open.empty() && next - *open.begin() == 16;
        ASSERT_EQ(window.full(), full);
        if (!full && (open.empty() || random.chance(0.5))) {
            open.insert(next);
            ASSERT_EQ(window.open(), Sequence{next++});
        } else {
            const auto chosen =
                std::next(open.begin(), static_cast<std::ptrdiff_t>(random.below(open.size())));
            window.close(Sequence{*chosen});
            open.erase(chosen);
        }
        ASSERT_EQ(window.first_unanswered(), Sequence{open.empty() ? next : *open.begin()});
    }
}

}  // namespace
}  // namespace kvbus::client
