#include "sim/disk.h"

#include <chrono>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

class SimulatedDiskTest : public ::testing::Test {
  protected:
    explicit SimulatedDiskTest(std::uint64_t seed = 1) { plan_.seed = seed; }

    void submit_entry() {
        const Index index{++last_};
        disk_.submit({.id = raft::WriteId{last_},
                      .hard_state = {},
                      .truncate_from = {},
                      .append = {{{Term{1}, index}, raft::EntryType::no_op, {}}},
                      .then_send = {}});
    }
    void run_for(Duration time) {
        const Instant end = agenda_.now() + time;
        while (agenda_.run_next(end)) {
        }
    }
    [[nodiscard]] std::size_t durable() const { return images_[0].durable().size(); }

    Plan plan_;
    Agenda agenda_;
    std::vector<scenario::MemoryDisk> images_{1};
    StepChecker watch_{images_, plan_, agenda_};
    std::uint64_t last_ = 0;
    std::uint64_t submitted_ = 0;
    std::uint64_t failed_ = 0;
    Duration down_{};
    std::vector<raft::WriteId> persisted_;
    std::vector<std::vector<raft::Entry>> fetched_;
    SimulatedDisk disk_{NodeId{1},
                        plan_,
                        agenda_,
                        watch_,
                        images_[0],
                        {.submitting = [this](const raft::Write&) { ++submitted_; },
                         .persisted = [this](raft::WriteId through) { persisted_.push_back(through); },
                         .fetched = [this](const raft::LogFetch&,
                                           std::vector<raft::Entry> entries) { fetched_.push_back(entries); },
                         .failed = [this](Duration down) { ++failed_, down_ = down; }}};
};

TEST_F(SimulatedDiskTest, AWriteIsDurableAfterItsSyncAndNotBefore) {
    submit_entry();
    EXPECT_EQ(submitted_, 1U);
    EXPECT_TRUE(disk_.is_busy());
    run_for(std::chrono::microseconds{plan_.sync_us_min - 1});
    EXPECT_EQ(durable(), 0U);
    EXPECT_TRUE(persisted_.empty());
    run_for(std::chrono::microseconds{plan_.sync_us_max});
    EXPECT_EQ(durable(), 1U);
    EXPECT_EQ(persisted_, std::vector{raft::WriteId{1}});
    EXPECT_FALSE(disk_.is_busy());
}

TEST_F(SimulatedDiskTest, OneSyncIsForAllThatWaits) {
    submit_entry();  // its sync begins at once,
    for (int i = 0; i < 9; ++i)
        submit_entry();  // and the next is for the other nine
    run_for(1s);
    EXPECT_EQ(persisted_, (std::vector{raft::WriteId{1}, raft::WriteId{10}}));
    EXPECT_EQ(durable(), 10U);
}

TEST_F(SimulatedDiskTest, AFailedSyncIsReportedAsFailedAndAsNothingElse) {
    submit_entry();
    disk_.fail_next_sync(3s);
    run_for(1s);
    EXPECT_EQ(failed_, 1U);
    EXPECT_EQ(down_, 3s);
    EXPECT_TRUE(persisted_.empty());
    EXPECT_EQ(durable(), 0U);
    submit_entry();  // by a process that did not heed it
    run_for(1s);
    EXPECT_EQ(failed_, 1U);
    EXPECT_TRUE(persisted_.empty()) << "no later sync makes up for it";
}

TEST_F(SimulatedDiskTest, AfterACrashTheNextProcessHasADiskThatWorks) {
    submit_entry();
    disk_.fail_next_sync(3s);
    run_for(1s);
    disk_.crash();
    last_ = durable();
    submit_entry();
    run_for(1s);
    EXPECT_EQ(failed_, 1U);
    EXPECT_EQ(persisted_.size(), 1U);
    EXPECT_EQ(durable(), last_);
}

TEST_F(SimulatedDiskTest, NothingIsReportedToTheProcessAfterTheOneThatAsked) {
    for (int i = 0; i < 3; ++i)
        submit_entry();
    run_for(1s);
    persisted_.clear();
    submit_entry();
    disk_.fetch({.follower = NodeId{2}, .first = Index{1}, .last = Index{2}, .bytes_max = 1000});
    disk_.crash();
    run_for(1s);
    EXPECT_TRUE(persisted_.empty());
    EXPECT_TRUE(fetched_.empty());
    EXPECT_EQ(failed_, 0U);
}

TEST_F(SimulatedDiskTest, AFetchTakesTimeAndFindsWhatIsDurable) {
    for (int i = 0; i < 3; ++i)
        submit_entry();
    run_for(1s);
    disk_.fetch({.follower = NodeId{2}, .first = Index{2}, .last = Index{3}, .bytes_max = 1000});
    EXPECT_TRUE(fetched_.empty());
    run_for(1s);
    ASSERT_EQ(fetched_.size(), 1U);
    ASSERT_EQ(fetched_[0].size(), 2U);
    EXPECT_EQ(fetched_[0][0].id.index, Index{2});
}

TEST_F(SimulatedDiskTest, ASlowOneTakesLongerUntilItIsRepaired) {
    const auto time_of_100_syncs = [&] {
        const Instant begin = agenda_.now();
        for (int i = 0; i < 100; ++i) {
            submit_entry();
            for (const auto before = durable(); durable() == before;)
                EXPECT_TRUE(agenda_.run_next(never));
        }
        return agenda_.now() - begin;
    };
    EXPECT_LT(time_of_100_syncs(), 100 * std::chrono::microseconds{plan_.sync_us_max + 1});
    disk_.slow_until(never);
    EXPECT_GT(time_of_100_syncs(), 10s);
    disk_.repair();
    EXPECT_LT(time_of_100_syncs(), 100 * std::chrono::microseconds{plan_.sync_us_max + 1});
}

TEST_F(SimulatedDiskTest, AFullOneSaysSoAndStillTakesWhatIsWritten) {
    const std::uint64_t roomy = disk_.usage().free_bytes;
    EXPECT_GT(roomy, node::Config{}.disk_free_bytes_min);
    disk_.full_until(agenda_.now() + 1s);
    EXPECT_EQ(disk_.usage().free_bytes, 0U);
    submit_entry();
    run_for(900ms);
    EXPECT_EQ(durable(), 1U) << "the floor is there so that this holds";
    EXPECT_EQ(disk_.usage().free_bytes, 0U);
    run_for(100ms);
    EXPECT_EQ(disk_.usage().free_bytes, roomy);
    disk_.full_until(agenda_.now() + 1s);
    disk_.repair();
    EXPECT_EQ(disk_.usage().free_bytes, roomy);
}

class CrashOfADisk : public SimulatedDiskTest, public ::testing::WithParamInterface<std::uint64_t> {
  protected:
    CrashOfADisk() : SimulatedDiskTest(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(, CrashOfADisk, ::testing::Range<std::uint64_t>(1, 6));

TEST_P(CrashOfADisk, KeepsWhatWasDurableAndSomeFirstPartOfWhatWasInFlight) {
    std::set<std::size_t> kept;
    for (int round = 0; round < 100; ++round) {
        last_ = durable();
        submit_entry();
        run_for(1s);
        const std::size_t synced = durable();
        ASSERT_EQ(synced, last_);
        for (int i = 0; i < 4; ++i)
            submit_entry();
        disk_.crash();
        ASSERT_GE(durable(), synced);
        ASSERT_LE(durable(), synced + 4);
        for (std::size_t i = 0; i < durable(); ++i)
            ASSERT_EQ(images_[0].durable()[i].id.index.value, i + 1) << "no hole";
        EXPECT_TRUE(images_[0].in_flight().empty());
        EXPECT_EQ(images_[0].written(), images_[0].durable());
        kept.insert(durable() - synced);
    }
    EXPECT_EQ(kept, (std::set<std::size_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace kvbus::sim
