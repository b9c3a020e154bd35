#include "machine/ordered_index.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace kvbus::machine {
namespace {

// The number stands elsewhere, as a key's bytes do: a copy of an item that outlives it in the tree is found.
struct Numbered {
    const std::uint64_t* number;
};
struct Before {
    static std::uint64_t number_of(const Numbered& item) { return *item.number; }
    static std::uint64_t number_of(std::uint64_t bound) { return bound; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
        return number_of(a) < number_of(b);
    }
};
using Index = OrderedIndex<Numbered, Before>;

class OrderedIndexTest : public testing::Test {
  protected:
    void insert(std::uint64_t number) {
        Entry& entry = model_[number];
        entry.number = std::make_unique<std::uint64_t>(number);
        index_.insert({entry.number.get()});
    }
    void erase(std::uint64_t number) {
        index_.erase({model_.at(number).number.get()});
        model_.erase(number);
    }
    void set_live(std::uint64_t number, bool live) {
        model_.at(number).live = live;
        index_.set_live({model_.at(number).number.get()}, live);
    }
    void expect_same() const {
        index_.check();
        auto at = index_.begin();
        std::uint64_t live = 0;
        for (const auto& [number, entry] : model_) {
            ASSERT_NE(at, index_.end());
            ASSERT_EQ(*(*at).number, number);
            ASSERT_EQ(at.live(), entry.live) << number;
            live += entry.live ? 1 : 0;
            ++at;
        }
        EXPECT_EQ(at, index_.end());
        EXPECT_EQ(index_.size(), model_.size());
        EXPECT_EQ(index_.live_count(), live);
    }
    // With every bound from 0 to `bounds`.
    void expect_same_places(std::uint64_t bounds) const {
        auto known = model_.begin();
        std::uint64_t live_before = 0;
        for (std::uint64_t bound = 0; bound <= bounds; ++bound) {
            while (known != model_.end() && known->first < bound)
                live_before += (known++)->second.live ? 1 : 0;
            const auto place = index_.locate(bound);
            ASSERT_EQ(place.live_before, live_before) << "before " << bound;
            ASSERT_EQ(place.at == index_.end(), known == model_.end()) << bound;
            if (known != model_.end()) {
                ASSERT_EQ(*(*place.at).number, known->first);
            }
        }
    }

    struct Entry {
        std::unique_ptr<std::uint64_t> number;
        bool live = true;
    };
    std::map<std::uint64_t, Entry> model_;
    Index index_;
};

TEST_F(OrderedIndexTest, AnEmptyIndexHasNoPlaces) {
    expect_same();
    EXPECT_EQ(index_.locate(std::uint64_t{5}).at, index_.end());
    EXPECT_EQ(index_.locate(std::uint64_t{5}).live_before, 0);
}

TEST_F(OrderedIndexTest, TheLastItemCanBeErasedAndInsertedAgain) {
    insert(1);
    erase(1);
    expect_same();
    insert(2);
    expect_same();
}

TEST_F(OrderedIndexTest, ADeadItemIsIteratedOverButNotCounted) {
    insert(1);
    insert(2);
    insert(3);
    set_live(2, false);
    expect_same();
    EXPECT_EQ(index_.locate(std::uint64_t{3}).live_before, 1);
    set_live(2, true);
    EXPECT_EQ(index_.locate(std::uint64_t{3}).live_before, 2);
}

TEST_F(OrderedIndexTest, SettingWhatIsSetChangesNothing) {
    insert(1);
    set_live(1, true);
    EXPECT_EQ(index_.live_count(), 1);
    set_live(1, false);
    set_live(1, false);
    EXPECT_EQ(index_.live_count(), 0);
    expect_same();
}

TEST_F(OrderedIndexTest, AnErasedDeadItemIsNotCountedOutTwice) {
    insert(1);
    insert(2);
    set_live(1, false);
    erase(1);
    expect_same();
}

TEST_F(OrderedIndexTest, HoldsWhatIsInsertedInAscendingOrder) {
    for (std::uint64_t number = 0; number < 20'000; ++number)
        insert(number);
    expect_same();
    expect_same_places(20'001);
}

TEST_F(OrderedIndexTest, HoldsWhatIsInsertedInDescendingOrder) {
    for (std::uint64_t number = 20'000; number-- > 0;)
        insert(number);
    expect_same();
    expect_same_places(20'001);
}

TEST_F(OrderedIndexTest, ErasingFromTheFrontLeavesTheRest) {
    for (std::uint64_t number = 0; number < 5'000; ++number)
        insert(number);
    for (std::uint64_t number = 0; number < 5'000; ++number) {
        erase(number);
        if (number % 97 == 0) expect_same();
    }
    expect_same();
}

TEST_F(OrderedIndexTest, ErasingFromTheBackLeavesTheRest) {
    for (std::uint64_t number = 0; number < 5'000; ++number)
        insert(number);
    for (std::uint64_t number = 5'000; number-- > 0;) {
        erase(number);
        if (number % 97 == 0) expect_same();
    }
    expect_same();
}

TEST_F(OrderedIndexTest, AgreesWithAPlainMapThroughAnyMixOfChanges) {
    constexpr std::uint64_t numbers = 30'000;
    Random random(11);
    double inserts = 0.9;
    for (int step = 0; step < 150'000; ++step) {
        // Grows, then shrinks, then grows again.
        if (step % 30'000 == 0) inserts = step / 30'000 % 2 == 0 ? 0.9 : 0.1;
        const std::uint64_t number = random.below(numbers);
        const auto known = model_.lower_bound(number);
        if (random.chance(0.2)) {
            if (known != model_.end()) set_live(known->first, random.chance(0.5));
        } else if (random.chance(inserts)) {
            if (known == model_.end() || known->first != number) insert(number);
        } else if (known != model_.end()) {
            erase(known->first);
        }
        if (step % 5'000 != 0) continue;
        SCOPED_TRACE(step);
        ASSERT_NO_FATAL_FAILURE(expect_same());
    }
    expect_same();
    expect_same_places(numbers);
    while (!model_.empty()) {
        const auto from = model_.lower_bound(random.below(numbers));
        erase(from == model_.end() ? model_.begin()->first : from->first);
    }
    expect_same();
}

}  // namespace
}  // namespace kvbus::machine
