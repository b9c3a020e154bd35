// kill -9 in the middle of writes: all that was reported durable is there, and nothing that was never
// written.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "storage/child_process.h"
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
        const auto content = read_back(dir_.data());
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
        recovered_ = content->recovered;
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

}  // namespace
}  // namespace kvbus::storage
