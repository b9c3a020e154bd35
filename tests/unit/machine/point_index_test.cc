#include "machine/point_index.h"

#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"

namespace kvbus::machine {
namespace {

struct Named {
    std::uint64_t name;
};

// Few distinct low bits, so that runs of occupied slots are long and wrap around the end of their table.
std::uint64_t crowded_hash(std::uint64_t name) {
    return (name % 3) | 0xfc | (name << 40);
}

TEST(PointIndex, FindsWhatAPlainMapFindsThroughAnyMixOfChanges) {
    Random random(7);
    PointIndex<Named> index;
    std::map<std::uint64_t, std::unique_ptr<Named>> model;
    for (int step = 0; step < 50'000; ++step) {
        const std::uint64_t name = random.below(600);
        const auto hash = crowded_hash(name);
        index.prefetch(hash);
        const auto same = [&](const Named& item) { return item.name == name; };
        const auto known = model.find(name);
        ASSERT_EQ(index.find(hash, same), known == model.end() ? nullptr : known->second.get())
            << "step " << step;
        if (known == model.end()) {
            auto item = std::make_unique<Named>(Named{name});
            index.insert(hash, item.get());
            model.emplace(name, std::move(item));
        } else if (random.chance(0.7)) {
            index.erase(hash, known->second.get());
            model.erase(known);
        }
    }
    for (const auto& [name, item] : model)
        EXPECT_EQ(index.find(crowded_hash(name), [&](const Named& other) { return other.name == name; }),
                  item.get());
}

TEST(PointIndex, EqualHashesAreToldApart) {
    PointIndex<Named> index;
    Named one{1};
    Named two{2};
    index.insert(5, &one);
    index.insert(5, &two);
    index.erase(5, &one);
    EXPECT_EQ(index.find(5, [](const Named& item) { return item.name == 2; }), &two);
    EXPECT_EQ(index.find(5, [](const Named& item) { return item.name == 1; }), nullptr);
}

}  // namespace
}  // namespace kvbus::machine
