#include "sim/disk.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "scenario/violation.h"
#include "simulated/mutants.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;
using scenario::Violation;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// What a node makes of its machine, in small chunks.
struct Snapshot {
    wire::SnapshotManifest manifest;
    std::vector<wire::SnapshotChunk> chunks;
};

Snapshot snapshot_of(machine::Machine& machine, std::uint64_t id, raft::EntryId last) {
    Snapshot snapshot;
    snapshot.manifest.meta = {last, {{NodeId{1}}}, NodeId{1}, id};
    wire::ImageWriter writer(id, 64,
                             [&](wire::SnapshotChunk chunk) { snapshot.chunks.push_back(std::move(chunk)); });
    snapshot.manifest.header = machine.begin_image(writer);
    while (!machine.continue_image(1)) {
    }
    writer.finish(snapshot.manifest);
    return snapshot;
}

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
    [[nodiscard]] std::uint64_t durable() const { return images_[0].durable().last().value; }

    // Of the state after that entry, whatever the log says.
    Snapshot take(std::uint64_t id, Index last) {
        for (int i = 0; i < 10; ++i)
            (void)machine_.apply(machine::without_session(
                machine::Put{"key " + std::to_string(i), "of snapshot " + std::to_string(id)}));
        return snapshot_of(machine_, id, {Term{1}, last});
    }
    void store(const Snapshot& snapshot) {
        for (const wire::SnapshotChunk& chunk : snapshot.chunks)
            disk_.store(chunk);
    }
    Snapshot publish(std::uint64_t id, Index last) {
        Snapshot snapshot = take(id, last);
        store(snapshot);
        disk_.publish(snapshot.manifest, last);
        return snapshot;
    }
    void install(const wire::SnapshotManifest& manifest) {
        const raft::EntryId last = manifest.meta.last;
        last_ = last.index.value;
        disk_.submit({.id = raft::WriteId{last_},
                      .hard_state = raft::HardState{last.term, {}, last.index},
                      .install = raft::Write::Install{manifest.meta}});
    }

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
    std::vector<raft::EntryId> published_;  // where the log began then
    std::vector<Result<machine::Machine>> loaded_;
    std::vector<wire::SnapshotChunk> chunks_read_;
    machine::Machine machine_;
    SimulatedDisk disk_{
        NodeId{1},
        plan_,
        agenda_,
        watch_,
        images_[0],
        {.submitting = [this](const raft::Write&) { ++submitted_; },
         .publishing = [](const wire::SnapshotManifest&) {},
         .persisted = [this](raft::WriteId through) { persisted_.push_back(through); },
         .fetched = [this](const raft::LogFetch&,
                           std::vector<raft::Entry> entries) { fetched_.push_back(entries); },
         .published = [this](const wire::SnapshotManifest&,
                             raft::EntryId start) { published_.push_back(start); },
         .loaded = [this](const wire::SnapshotManifest&,
                          Result<machine::Machine> machine) { loaded_.push_back(std::move(machine)); },
         .chunk_read = [this](wire::SnapshotChunk chunk) { chunks_read_.push_back(std::move(chunk)); },
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

TEST_F(SimulatedDiskTest, ASnapshotCountsWhenItsSyncIsDoneAndTheLogThatItCoversIsGone) {
    for (int i = 0; i < 5; ++i)
        submit_entry();
    run_for(1s);
    const Snapshot snapshot = publish(7, Index{4});
    run_for(std::chrono::microseconds{plan_.sync_us_min - 1});
    EXPECT_FALSE(disk_.snapshots().counting());
    EXPECT_EQ(images_[0].durable().log.size(), 5U);
    EXPECT_TRUE(published_.empty());
    run_for(1s);
    EXPECT_EQ(disk_.snapshots().counting(), snapshot.manifest);
    EXPECT_EQ(published_, (std::vector{raft::EntryId{Term{1}, Index{4}}}));
    EXPECT_EQ(images_[0].durable().log.size(), 1U);
}

TEST_F(SimulatedDiskTest, TheChunksOfTheSnapshotBeforeGoAndTheirReadersAreToldNothing) {
    submit_entry();
    submit_entry();
    const Snapshot one = publish(7, Index{1});
    run_for(1s);
    disk_.read(one.chunks[0].name);
    EXPECT_TRUE(chunks_read_.empty()) << "it takes time";
    run_for(1s);
    const Snapshot other = publish(8, Index{2});
    run_for(1s);
    disk_.read(one.chunks[0].name);
    run_for(1s);
    disk_.read(other.chunks[1].name);
    run_for(1s);
    ASSERT_EQ(chunks_read_.size(), 3U);
    EXPECT_EQ(chunks_read_[0].bytes, one.chunks[0].bytes);
    EXPECT_EQ(chunks_read_[1].name, one.chunks[0].name);
    EXPECT_EQ(chunks_read_[1].bytes, "");
    EXPECT_EQ(chunks_read_[2].bytes, other.chunks[1].bytes);
}

TEST_F(SimulatedDiskTest, AMachineIsBuiltOfWhatWasReceivedWhileWritesGoOn) {
    const Snapshot snapshot = take(7, Index{100});
    ASSERT_GT(snapshot.chunks.size(), 3U);
    store(snapshot);
    disk_.load(snapshot.manifest);
    EXPECT_TRUE(disk_.is_busy());
    submit_entry();
    run_for(std::chrono::microseconds{2 * plan_.sync_us_max});
    EXPECT_EQ(persisted_.size(), 1U);
    EXPECT_TRUE(loaded_.empty());
    run_for(std::chrono::microseconds{plan_.load_us_max});
    ASSERT_EQ(loaded_.size(), 1U);
    ASSERT_TRUE(loaded_[0].ok());
    EXPECT_EQ(loaded_[0]->state_hash(), machine_.state_hash());
    EXPECT_EQ(loaded_[0]->revision(), machine_.revision());
    EXPECT_FALSE(disk_.snapshots().counting()) << "before a write installs it";
    EXPECT_FALSE(disk_.is_busy());
}

TEST_F(SimulatedDiskTest, AFlippedBitInWhatWasReceivedIsReportedAndTheNextTryIsGood) {
    const Snapshot snapshot = take(7, Index{100});
    disk_.rot_next_load();
    for (int tries = 0; tries < 2; ++tries) {
        store(snapshot);
        disk_.load(snapshot.manifest);
        run_for(1s);
    }
    ASSERT_EQ(loaded_.size(), 2U);
    ASSERT_FALSE(loaded_[0].ok());
    EXPECT_EQ(loaded_[0].error().code, Code::damaged);
    EXPECT_TRUE(loaded_[1].ok());
}

TEST_F(SimulatedDiskTest, AnInstalledSnapshotTakesThePlaceOfTheLogWithTheSyncOfItsWrite) {
    submit_entry();
    const Snapshot own = publish(7, Index{1});
    submit_entry();
    const Snapshot received = take(9, Index{100});
    store(received);
    disk_.load(received.manifest);
    run_for(1s);
    install(received.manifest);
    EXPECT_EQ(disk_.snapshots().counting(), own.manifest);
    run_for(1s);
    EXPECT_EQ(disk_.snapshots().counting(), received.manifest);
    EXPECT_TRUE(disk_.snapshots().chunks_of(7).empty());
    EXPECT_EQ(images_[0].durable().log_start, received.manifest.meta.last);
    EXPECT_EQ(durable(), 100U);
}

TEST_F(SimulatedDiskTest, AProcessThatStartsFindsTheSnapshotThatCountsAndNoOther) {
    submit_entry();
    const Snapshot own = publish(7, Index{1});
    const std::uint64_t hash = machine_.state_hash();
    run_for(1s);
    store(take(8, Index{100}));
    disk_.crash();
    const auto found = disk_.recover();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->snapshot, own.manifest);
    EXPECT_EQ(found->machine.state_hash(), hash);
    EXPECT_EQ(disk_.snapshots().chunks_of(7).size(), own.chunks.size());
    EXPECT_TRUE(disk_.snapshots().chunks_of(8).empty());
}

TEST_F(SimulatedDiskTest, WhoBreaksTheContractIsTold) {
    submit_entry();
    Snapshot snapshot = take(7, Index{1});
    EXPECT_THAT([&] { install(snapshot.manifest); }, ThrowsMessage<Violation>(HasSubstr("has not loaded")));
    snapshot.chunks.pop_back();
    store(snapshot);
    EXPECT_THAT([&] { disk_.publish(snapshot.manifest, Index{1}); },
                ThrowsMessage<Violation>(HasSubstr("has not stored whole")));
    EXPECT_THAT([&] { disk_.load(snapshot.manifest); },
                ThrowsMessage<Violation>(HasSubstr("has not stored whole")));
    const Snapshot whole = take(8, Index{1});
    store(whole);
    EXPECT_THAT([&] { disk_.publish(whole.manifest, Index{2}); },
                ThrowsMessage<Violation>(HasSubstr("more of its log")));
    disk_.discard(8);
    EXPECT_THAT([&] { disk_.publish(whole.manifest, Index{1}); },
                ThrowsMessage<Violation>(HasSubstr("has not stored whole")));
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
            ASSERT_EQ(images_[0].durable().log[i].id.index.value, i + 1) << "no hole";
        EXPECT_TRUE(images_[0].in_flight().empty());
        EXPECT_EQ(images_[0].written().log, images_[0].durable().log);
        kept.insert(durable() - synced);
    }
    EXPECT_EQ(kept, (std::set<std::size_t>{0, 1, 2, 3, 4}));
}

TEST_P(CrashOfADisk, FindsASnapshotPublishedOrNot) {
    std::set<bool> counted;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        last_ = durable();
        submit_entry();
        run_for(1s);
        const Snapshot snapshot = publish(round, Index{last_});
        disk_.crash();
        const bool counts = disk_.snapshots().counting() == snapshot.manifest;
        EXPECT_EQ(images_[0].durable().log.empty(), counts);
        const auto found = disk_.recover();
        ASSERT_TRUE(found.ok()) << found.error().message;
        EXPECT_TRUE(!counts || found->machine.state_hash() == machine_.state_hash());
        counted.insert(counts);
    }
    EXPECT_EQ(counted, (std::set<bool>{false, true}));
}

TEST_P(CrashOfADisk, TakesChunksThatAreNotDurable) {
    simulated::set_mutant(Mutant::snapshot_published_before_chunks_are_durable);
    submit_entry();
    publish(7, Index{1});
    run_for(1s);
    disk_.crash();
    simulated::set_mutant(Mutant::none);
    const auto found = disk_.recover();
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::damaged);
}

}  // namespace
}  // namespace kvbus::sim
