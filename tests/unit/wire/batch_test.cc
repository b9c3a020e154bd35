#include "wire/batch.h"

#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::ClusterTime;
using machine::Command;
using machine::Delete;
using machine::Put;

const Command put{ClientId{11}, Sequence{13}, Sequence{12}, Put{"key", "value"}};
const Command remove_range{ClientId{21}, Sequence{23}, Sequence{22}, Delete{"from", "to"}};

std::string batch_of(std::initializer_list<Command> commands, ClusterTime time = ClusterTime{99}) {
    BatchBuilder builder;
    for (const Command& command : commands)
        builder.add(command);
    return std::string(builder.finish(time));
}

TEST(Batch, IsTimeAndCommandsBackToBack) {
    EXPECT_EQ(oracle::read(batch_of({put, remove_range})),
              "[1 99] [1 11 13 12 'key' 'value'] [2 21 23 22 'from' 'to']");
}

TEST(Batch, ReadsBackWhatWasBuilt) {
    const std::string bytes = batch_of({put, remove_range}, ClusterTime{-5});
    BatchReader reader(bytes);
    EXPECT_EQ(reader.time(), ClusterTime{-5});

    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->client, ClientId{11});
    EXPECT_EQ(first->sequence, Sequence{13});
    EXPECT_EQ(first->first_unanswered, Sequence{12});
    EXPECT_EQ(std::get<Put>(first->operation).key, "key");
    EXPECT_EQ(std::get<Put>(first->operation).value, "value");

    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->client, ClientId{21});
    EXPECT_EQ(std::get<Delete>(second->operation).key, "from");
    EXPECT_EQ(std::get<Delete>(second->operation).range_end, "to");

    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST(Batch, BuilderStartsOverAfterClear) {
    BatchBuilder builder;
    EXPECT_TRUE(builder.empty());
    const std::size_t empty_size = builder.bytes();
    builder.add(put);
    EXPECT_EQ(builder.commands(), 1U);
    EXPECT_EQ(oracle::read(builder.finish(ClusterTime{1})), "[1 1] [1 11 13 12 'key' 'value']");
    EXPECT_EQ(oracle::read(builder.finish(ClusterTime{2})), "[1 2] [1 11 13 12 'key' 'value']");
    builder.clear();
    EXPECT_TRUE(builder.empty());
    EXPECT_EQ(builder.bytes(), empty_size);
    EXPECT_EQ(oracle::read(builder.finish(ClusterTime{3})), "[1 3]");
}

TEST(Batch, CarriesLimitsOfHistoryThatAreNotTheUsualOnes) {
    const machine::HistoryLimits limits{
        .bytes_max = 1 << 20, .revisions_max = 10, .age_max = std::chrono::nanoseconds{5}};
    BatchBuilder builder(limits);
    builder.clear();
    builder.add(put);
    const std::string bytes(builder.finish(ClusterTime{1}));
    EXPECT_EQ(oracle::read(bytes), "[1 1 1048576 10 5] [1 11 13 12 'key' 'value']");
    BatchReader reader(bytes);
    EXPECT_EQ(reader.history_limits(), limits);
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(BatchReader(batch_of({put})).history_limits(), machine::HistoryLimits{});
}

TEST(Batch, AnEmptyOneIsValid) {
    const std::string bytes = batch_of({});
    BatchReader reader(bytes);
    EXPECT_TRUE(reader.ok());
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST(Batch, EveryTruncationIsNoticed) {
    const std::string bytes = batch_of({put});
    const std::size_t header = batch_of({}).size();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BatchReader reader(std::string_view(bytes).substr(0, size));
        EXPECT_FALSE(reader.next());
        EXPECT_EQ(reader.ok(), size == header) << size;  // cut between two values, it is a shorter batch
    }
}

// A log entry must mean the same on every node: nothing in it is skipped, defaulted or tolerated.
TEST(Batch, RefusesWhatItDoesNotKnow) {
    const auto with = [](auto&& values) {
        return oracle::write([&](auto& packer) {
            packer.pack_array(2);
            packer.pack(1);
            packer.pack(99);
            values(packer);
        });
    };
    const auto refused = [](const std::string& bytes) {
        BatchReader reader(bytes);
        return !reader.next() && !reader.ok();
    };
    const auto command = [](auto& packer, int kind, std::uint32_t count) {
        packer.pack_array(count);
        packer.pack(kind);
        for (int i = 0; i < 3; ++i)
            packer.pack(1);
        for (std::uint32_t i = 4; i < count; ++i)
            packer.pack("x");
    };
    EXPECT_FALSE(refused(with([&](auto& packer) { command(packer, 1, 6); })));
    EXPECT_TRUE(refused(with([&](auto& packer) { command(packer, 3, 6); }))) << "an unknown kind";
    EXPECT_TRUE(refused(with([&](auto& packer) { command(packer, 1, 7); }))) << "a field too many";
    EXPECT_TRUE(refused(with([&](auto& packer) { command(packer, 1, 5); }))) << "a field too few";
    EXPECT_TRUE(refused(oracle::write([&](auto& packer) {
        packer.pack_array(2);
        packer.pack(2);
        packer.pack(99);
        command(packer, 1, 6);
    }))) << "an unknown version";
    EXPECT_TRUE(refused(oracle::write([&](auto& packer) {
        packer.pack_array(4);
        for (const int value : {1, 99, 1, 1})
            packer.pack(value);
        command(packer, 1, 6);
    }))) << "some limits of history, but not all";
}

TEST(Batch, RefusesCommandsThatNoNodeWouldHaveAccepted) {
    const std::string long_key(limits::key_bytes_max + 1, 'k');
    const std::string long_value(limits::value_bytes_max + 1, 'v');
    const std::initializer_list<Command> bad = {
        {ClientId{1}, Sequence{0}, Sequence{0}, Put{"k", "v"}},
        {ClientId{1}, Sequence{1}, Sequence{2}, Put{"k", "v"}},
        {ClientId{1}, Sequence{1}, Sequence{0}, Put{"k", "v"}},
        {{}, {}, {}, Put{"", "v"}},
        {{}, {}, {}, Put{long_key, "v"}},
        {{}, {}, {}, Put{"k", long_value}},
        {{}, {}, {}, Delete{"k", long_key}},
    };
    for (const Command& command : bad) {
        const std::string bytes = batch_of({command});
        BatchReader reader(bytes);
        EXPECT_FALSE(reader.next());
        EXPECT_FALSE(reader.ok());
    }
}

}  // namespace
}  // namespace kvbus::wire
