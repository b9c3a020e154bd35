#include "machine/skip_revisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/recorded_image.h"

namespace kvbus::machine {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

// A machine with a past and marks of its age: of "a" that changed, "b" that went, "c" with a lease.
class SkipRevisions : public ::testing::Test {
  protected:
    SkipRevisions() {
        machine_.advance(seconds{1});
        machine_.apply(put("a", "1"));
        machine_.apply(put("b", "2"));
        machine_.advance(seconds{2});
        machine_.apply(command(LeaseGrant{LeaseId{9}, seconds{60}}));
        machine_.apply(command(Put{.key = "c", .value = "3", .lease = LeaseId{9}}));
        machine_.apply(put("a", "4"));
        machine_.advance(seconds{3});
        machine_.apply(remove("b"));
    }
    Machine skipped(std::uint64_t count) {
        RecordedImage told;
        ImageHeader header = machine_.begin_image(told);
        while (!machine_.continue_image(100)) {
        }
        skip_revisions(header, count);
        auto built = told.build(limits_, header);
        EXPECT_TRUE(built.ok()) << built.error().message;
        return built.ok() ? std::move(*built) : Machine(limits_);
    }

    Limits limits_{.history = {.bytes_max = 1 << 20, .age_max = seconds{100}}};
    Machine machine_{limits_};
};

TEST_F(SkipRevisions, KeepsWhatThereIsAndNothingOfWhatWas) {
    const Machine machine = skipped(1000);
    const Revision now{machine_.revision().value + 1000};
    EXPECT_EQ(machine.revision(), now);
    EXPECT_EQ(machine.compacted(), now);
    const RangeQuery all{.key = "a", .range_end = to_the_end};
    EXPECT_EQ(lines(machine.range(all)), lines(machine_.range(all)));
    RangeQuery past = all;
    past.revision = Revision{now.value - 1};
    EXPECT_EQ(machine.range(past).code, Code::compacted);
    past.revision = now;
    EXPECT_EQ(lines(machine.range(past)), lines(machine.range(all)));
}

TEST_F(SkipRevisions, GoesOnFromThere) {
    Machine machine = skipped(1000);
    const std::uint64_t now = machine.revision().value;
    EXPECT_EQ(machine.apply(put("a", "5")), ok(now + 1));
    EXPECT_EQ(machine.apply(put("b", "again")), ok(now + 2));
    EXPECT_THAT(lines(machine.range({.key = "a", .revision = Revision{now}})), ElementsAre("a=4 2/5/2"));
    EXPECT_THAT(lines(machine.range({.key = "b"})), ElementsAre("b=again 1008/1008/1"));
    machine.advance(seconds{62});
    EXPECT_EQ(machine.key_count(), 2U) << "the lease ends when it would have";
    machine.advance(seconds{500});
    EXPECT_EQ(machine.revision(), Revision{now + 3});
}

TEST_F(SkipRevisions, OfNoneIsTheSame) {
    const Machine machine = skipped(0);
    EXPECT_EQ(machine.state_hash(), machine_.state_hash());
    EXPECT_EQ(machine.compacted(), machine_.compacted());
}

TEST_F(SkipRevisions, TellsMachinesApart) {
    EXPECT_NE(skipped(1).state_hash(), machine_.state_hash());
    EXPECT_NE(skipped(1).state_hash(), skipped(2).state_hash());
}

}  // namespace
}  // namespace kvbus::machine
