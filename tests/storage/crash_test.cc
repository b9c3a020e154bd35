// kill -9 in the middle of writes: all that was reported durable is there, and nothing that was never
// written.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "storage/child_process.h"
#include "storage/snapshot_script.h"
#include "storage/support.h"
#include "storage/write_script.h"

namespace kvbus::storage {
namespace {

// What a log would hold; the data of an entry follows from its id.
struct Model {
    raft::HardState hard_state;
    std::vector<raft::EntryId> log;

    void apply(const raft::Write& write) {
        hard_state = write.hard_state.value_or(hard_state);
        if (write.truncate_from) log.resize(write.truncate_from->value - 1);
        for (const raft::Entry& each : write.append)
            log.push_back(each.id);
    }
    friend bool operator==(const Model&, const Model&) = default;
};

Model model_of(const Content& content) {
    Model model{content.recovered.hard_state, {}};
    for (const raft::Entry& each : content.entries) {
        EXPECT_EQ(each, entry(each.id.index.value, each.id.term.value));
        model.log.push_back(each.id);
    }
    return model;
}

class CrashTest : public testing::Test {
  protected:
    // Lets a child write until `writes` of them are durable, kills it, and finds the store as it was after
    // some number of writes that is not below what the child reported.
    void crash_after(std::uint64_t writes, std::uint64_t seed) {
        std::uint64_t reported = 0;
        {
            ChildProcess child({"write", dir_.data(), std::to_string(seed)});
            while (reported < writes) {
                const auto line = child.line();
                ASSERT_TRUE(line) << "the child ended by itself";
                ASSERT_TRUE(std::isdigit(line->front())) << *line;
                reported = std::stoull(*line);
            }
            child.kill();
            while (const auto line = child.line())
                reported = std::stoull(*line);
        }
        auto content = read_back(dir_.data());
        ASSERT_TRUE(content.ok()) << content.error().message;
        const Model found = model_of(*content);

        WriteScript script(seed, recovered_);
        Model expected = model_;
        for (std::uint64_t n = 0; n < reported; ++n)
            expected.apply(script.next());
        std::uint64_t beyond = 0;
        for (; expected != found && beyond <= 64; ++beyond)
            expected.apply(script.next());
        ASSERT_EQ(expected, found) << "after " << reported << " writes that were reported durable";
        model_ = found;
        recovered_ = std::move(content->recovered);
    }

    TempDir dir_;
    Model model_;
    Recovered recovered_;
};

TEST_F(CrashTest, NothingDurableIsLostWhenTheProcessIsKilled) {
    Random random(7);
    for (std::uint64_t round = 1; round <= 12; ++round) {
        ASSERT_NO_FATAL_FAILURE(crash_after(random.between(1, 300), round)) << "round " << round;
    }
    EXPECT_GT(model_.log.size(), 1000);
}

struct Reported {
    std::uint64_t written = 0;    // writes
    std::uint64_t published = 0;  // the last snapshot

    void add(const std::string& line) {
        const std::size_t space = line.find(' ');
        ASSERT_TRUE(space != std::string::npos && std::isdigit(line.back())) << line;
        (line.starts_with("written") ? written : published) = std::stoull(line.substr(space));
    }
};

class SnapshotCrashTest : public testing::Test {
  protected:
    void crash_after(std::uint64_t writes, std::uint64_t seed) {
        Reported reported;
        {
            ChildProcess child({"snapshots", dir_.data(), std::to_string(seed)});
            while (reported.written < writes) {
                const auto line = child.line();
                ASSERT_TRUE(line) << "the child ended by itself";
                ASSERT_NO_FATAL_FAILURE(reported.add(*line));
            }
            child.kill();
            while (const auto line = child.line())
                reported.add(*line);
        }
        auto content = read_back(dir_.data());
        ASSERT_TRUE(content.ok()) << content.error().message;
        ASSERT_NO_FATAL_FAILURE(check(content->recovered, reported, seed));
        for (const raft::Entry& each : content->entries)
            EXPECT_EQ(each, entry(each.id.index.value, each.id.term.value));
        recovered_ = std::move(content->recovered);
    }

    // The log is as after some number of writes that is not below what was reported; the snapshot is the last
    // one that these writes installed, or a later one that was published.
    void check(const Recovered& found, const Reported& reported, std::uint64_t seed) {
        SnapshotScript script(seed, recovered_);
        SnapshotScript::Log log{found.hard_state, found.base, {}};
        for (const raft::Entry& each : found.tail)
            log.tail.push_back(each.id);

        std::vector<TestSnapshot> allowed;
        while (script.log() != log || script.writes() < reported.written) {
            ASSERT_LT(script.writes(), reported.written + 40) << "after " << reported.written << " writes";
            take(script.next(), allowed);
        }
        if (!found.snapshot) {
            EXPECT_EQ(reported.published, 0);
            EXPECT_FALSE(is_installed_);
            return;
        }
        const std::uint64_t id = found.snapshot->meta.id;
        EXPECT_GE(id, reported.published);
        if (!is_installed_ && recovered_.snapshot == found.snapshot) return;
        // Publications that follow the last write may have been carried out too.
        while (std::ranges::find(allowed, id, &TestSnapshot::id) == allowed.end()) {
            take(script.next(), allowed);
            ASSERT_EQ(script.log(), log) << "snapshot " << id << " is none of those that may count";
        }
        const auto expected = std::ranges::find(allowed, id, &TestSnapshot::id);
        EXPECT_EQ(*found.snapshot, expected->manifest);
        EXPECT_EQ(found.machine.state_hash(), expected->manifest.header.state_hash);
        ++seen_;
    }

    // An install leaves no other.
    void take(SnapshotScript::Step step, std::vector<TestSnapshot>& allowed) {
        if (!step.snapshot) return;
        if (step.write) {
            allowed.clear();
            is_installed_ = true;
        }
        allowed.push_back(std::move(*step.snapshot));
    }

    TempDir dir_;
    Recovered recovered_;
    bool is_installed_ = false;  // by a write of this round
    int seen_ = 0;
};

TEST_F(SnapshotCrashTest, NothingIsHalfDoneWhenTheProcessIsKilled) {
    Random random(11);
    for (std::uint64_t round = 1; round <= 20; ++round) {
        is_installed_ = false;
        ASSERT_NO_FATAL_FAILURE(crash_after(random.between(1, 150), round)) << "round " << round;
    }
    EXPECT_GT(seen_, 10);
}

}  // namespace
}  // namespace kvbus::storage
