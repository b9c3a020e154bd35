#include "wire/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/random.h"
#include "unit/machine/support.h"
#include "unit/wire/oracle.h"
#include "unit/wire/snapshot_support.h"
#include "wire/big_endian.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::by;
using machine::ClusterTime;
using machine::command;
using machine::Machine;
using machine::put;
using machine::remove;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

// One of everything: a base that was overwritten, one that was not, one that says that its key was removed;
// changes, some compacted; a lease with a key, a key with a deadline, sessions with answers.
Machine some_machine() {
    Machine machine;
    machine.apply(put("old", "1"));
    machine.apply(put("older", "1"));
    machine.apply(put("gone", "1"));
    machine.apply(remove("gone"));
    machine.apply(put("gone", "again"));
    machine.advance(ClusterTime{1000});
    machine.apply(put("old", "2"));
    machine.apply(command(machine::LeaseGrant{LeaseId{5}, seconds{9}}));
    machine.apply(command(machine::Put{.key = "leased", .value = "l", .lease = LeaseId{5}}));
    machine.apply(command(machine::Put{.key = "timed", .value = "t", .ttl = seconds{3}}));
    machine.apply(by(70, 1, 1, command(machine::Increment{"old", 2})));
    machine.apply(by(70, 2, 1, command(machine::Put{.key = "old", .value = "3", .prev_kv = true})));
    machine.apply(by(70, 3, 2, command(machine::Increment{"leased", 2})));
    machine.apply(by(71, 9, 9, command(machine::Campaign{"line", "me", LeaseId{5}})));
    machine.limit_history({.bytes_max = 1000, .revisions_max = 20, .age_max = seconds{60}});
    machine.apply(command(machine::Compact{Revision{5}}));
    machine.advance(ClusterTime{2000});
    return machine;
}

std::string chunk_bytes(const Snapshot& snapshot) {
    std::string all;
    for (const SnapshotChunk& chunk : snapshot.chunks)
        all += chunk.bytes;
    return all;
}

TEST(Snapshots, OnTheWire) {
    Machine machine = some_machine();
    const Snapshot snapshot = snapshot_of(machine);
    ASSERT_EQ(snapshot.chunks.size(), 2U);
    EXPECT_EQ(snapshot.chunks[0].name, (ChunkName{7, SnapshotSection::state, 0}));
    EXPECT_EQ(snapshot.chunks[1].name, (ChunkName{7, SnapshotSection::changes, 0}));
    EXPECT_EQ(oracle::read(snapshot.chunks[0].bytes),
              "[1 ['older' '1' 3 3 1 0]] [1 ['gone' '' 0 5 0 0]] [1 ['old' '1' 2 2 1 0]] "
              "[3 5 9000 9000001000] [4 'timed' 3000001000] "
              "[5 70 1000 2] [6 [2 0 11 0 \"\" [1 [['old' '4' 2 10 3 0]]]]] [6 [3 23 11 0 \"\"]] "
              "[5 71 1000 9] [6 [9 0 12 0 \"\" [16 'line/5' 12]]]");
    EXPECT_EQ(oracle::read(snapshot.chunks[1].bytes),
              "[2 ['gone' 'again' 6 6 1 0]] [2 ['old' '2' 2 7 2 0]] [2 ['leased' 'l' 8 8 1 5]] "
              "[2 ['timed' 't' 9 9 1 0]] [2 ['old' '4' 2 10 3 0]] [2 ['old' '3' 2 11 4 0]] "
              "[2 ['line/5' 'me' 12 12 1 5]]");
}

TEST(Snapshots, AreReadAsTheyWereWritten) {
    Machine machine = some_machine();
    const Snapshot snapshot = snapshot_of(machine);
    auto built = built_from(snapshot);
    ASSERT_TRUE(built.ok()) << built.error().message;
    EXPECT_EQ(built->state_hash(), machine.state_hash());
    EXPECT_EQ(built->history_bytes(), machine.history_bytes());
    const Snapshot again = snapshot_of(*built);
    EXPECT_EQ(chunk_bytes(again), chunk_bytes(snapshot));
    EXPECT_EQ(again.manifest, snapshot.manifest);
}

TEST(Snapshots, OfAnEmptyMachineHaveNoChunks) {
    Machine machine;
    const Snapshot snapshot = snapshot_of(machine);
    EXPECT_TRUE(snapshot.chunks.empty());
    const auto built = built_from(snapshot);
    ASSERT_TRUE(built.ok()) << built.error().message;
    EXPECT_EQ(built->state_hash(), machine.state_hash());
}

TEST(Snapshots, ChunksEndWithTheRecordThatReachesTheirSize) {
    Machine machine;
    const std::string value(limits::value_bytes_max, 'v');
    for (const char* key : {"a", "b", "c"})
        machine.apply(put(key, std::string_view(value).substr(0, 1000)));
    machine.apply(put("d", value));
    machine.apply(put("e", std::string_view(value).substr(0, 1000)));
    const Snapshot snapshot = snapshot_of(machine);
    ASSERT_EQ(snapshot.chunks.size(), 2U);
    EXPECT_GE(snapshot.chunks[0].bytes.size(), limits::value_bytes_max + 3000);
    EXPECT_LT(snapshot.chunks[1].bytes.size(), 1100U);
    EXPECT_EQ(snapshot.manifest.chunks, (std::array<std::uint32_t, 2>{0, 2}));
    EXPECT_TRUE(built_from(snapshot).ok());
}

TEST(Snapshots, InChunksOfAnySizeHoldTheSame) {
    Machine machine = some_machine();
    const Snapshot whole = snapshot_of(machine);
    const Snapshot parts = snapshot_of(machine, 1);
    EXPECT_EQ(chunk_bytes(parts).size(), chunk_bytes(whole).size());
    EXPECT_GT(parts.chunks.size(), 15U) << "one record each";
    auto built = built_from(parts);
    ASSERT_TRUE(built.ok()) << built.error().message;
    EXPECT_EQ(snapshot_of(*built).manifest, whole.manifest);
}

// A retry gets from the machine that was built what it would have got before.
TEST(Snapshots, HoldEveryKindOfAnswer) {
    using machine::Operation;
    const std::vector<machine::Change> changes = {
        machine::Put{.key = "a", .value = "1"},
        machine::Put{.key = "a", .value = "2", .prev_kv = true},
        machine::LeaseGrant{LeaseId{5}, seconds{9}},
        machine::LeaseKeepAlive{LeaseId{5}},
        machine::Campaign{"line", "me", LeaseId{5}},
        machine::Append{"a", "3"},
        machine::Increment{"a", -100},
        machine::txn(
            {{.key = "a", .target = machine::CompareTarget::value, .value = "-77"}},
            {Operation{machine::Put{.key = "b", .value = "1"}},
             Operation{machine::txn({}, {Operation{machine::RangeQuery{.key = "a", .range_end = "z"}},
                                         Operation{machine::Delete{.key = "a", .prev_kv = true}}})}}),
        machine::LeaseRevoke{LeaseId{5}},
        machine::Delete{.key = "a", .range_end = "c", .prev_kv = true},
        machine::Increment{"text", 1},
        machine::Append{"text", "x"},
        machine::Increment{"text", 1},  // is refused
        machine::Compact{Revision{3}},
        machine::Compact{Revision{2}},  // is refused
    };
    Machine machine;
    const auto numbered = [&](std::size_t i) { return by(70, i + 1, 1, {.operation = changes[i]}); };
    std::vector<machine::Outcome> outcomes;
    for (std::size_t i = 0; i < changes.size(); ++i)
        outcomes.push_back(machine.apply(numbered(i)));
    auto built = built_from(snapshot_of(machine));
    ASSERT_TRUE(built.ok()) << built.error().message;
    for (std::size_t i = 0; i < changes.size(); ++i)
        EXPECT_EQ(built->apply(numbered(i)), outcomes[i]) << i;
    EXPECT_EQ(built->revision(), machine.revision());
}

TEST(Snapshots, TheLargestAnswerFitsAChunk) {
    Machine machine;
    const std::string value(limits::value_bytes_max - 1000, 'v');
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"})
        machine.apply(put(key, value));
    ASSERT_EQ(machine.apply(by(1, 1, 1, command(machine::Delete{"a", "i", true}))).deleted, 8U);
    const Snapshot snapshot = snapshot_of(machine);
    std::size_t largest = 0;
    for (const SnapshotChunk& chunk : snapshot.chunks)
        largest = std::max(largest, chunk.bytes.size());
    EXPECT_GT(largest, 8 * value.size());
    EXPECT_LE(largest + limits::snapshot_chunk_bytes, limits::snapshot_chunk_bytes_max);
    EXPECT_TRUE(built_from(snapshot).ok());
}

TEST(Snapshots, TheWriterKnowsHowMuchItWrote) {
    Machine machine = some_machine();
    Snapshot snapshot;
    ImageWriter writer(7, limits::snapshot_chunk_bytes,
                       [&](SnapshotChunk chunk) { snapshot.chunks.push_back(std::move(chunk)); });
    (void)machine.begin_image(writer);
    while (!machine.continue_image(1)) {
    }
    writer.finish(snapshot.manifest);
    EXPECT_GT(snapshot.manifest.bytes, 0U);
    EXPECT_EQ(chunk_bytes(snapshot).size(), snapshot.manifest.bytes);
}

// --- manifests ---------------------------------------------------------------------------------------------

SnapshotManifest some_manifest() {
    Machine machine = some_machine();
    return snapshot_of(machine).manifest;
}

TEST(SnapshotManifests, AreReadAsTheyWereWritten) {
    SnapshotManifest manifest = some_manifest();
    manifest.header.state_hash = manifest.hash = 1;
    std::string bytes = "what stood there before";
    encode_manifest(bytes, manifest);
    EXPECT_EQ(oracle::read(std::string_view(bytes).substr(0, bytes.size() - 8)),
              "[1 2 3 [1 2] 1 7 12 5 2000 1000 20 60000000000 [[1000 12]] 6 1 1 1 " +
                  std::to_string(manifest.bytes) + " 1]");
    const auto read = decode_manifest(bytes);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, manifest);
}

TEST(SnapshotManifests, AnyDamageIsFound) {
    std::string bytes;
    encode_manifest(bytes, some_manifest());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto read = decode_manifest(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(read.ok()) << size;
        ASSERT_EQ(read.error().code, Code::damaged);
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
            ASSERT_FALSE(decode_manifest(damaged).ok()) << at;
        }
    }
}

TEST(SnapshotManifests, OfANewerVersionSaySo) {
    const auto with_hash = [](std::string content) {
        char hash[8];
        store_big_endian(hash, hash_bytes(content));
        return content + std::string(hash, sizeof hash);
    };
    const auto newer = decode_manifest(with_hash("\x91\x02"));
    ASSERT_FALSE(newer.ok());
    EXPECT_EQ(newer.error().code, Code::unsupported);
    EXPECT_THAT(newer.error().message, HasSubstr("newer version"));

    std::string bytes;
    encode_manifest(bytes, some_manifest());
    const std::string content = bytes.substr(0, bytes.size() - 8);
    for (const std::string& edited : oracle::edited(content, oracle::Edit::as_map))
        EXPECT_FALSE(decode_manifest(with_hash(edited)).ok());
    std::size_t read = 0;
    for (const std::string& edited : oracle::edited(content, oracle::Edit::one_more))
        read += decode_manifest(with_hash(edited)).ok() ? 1 : 0;
    EXPECT_EQ(read, 2U) << "the manifest may have more elements one day, and a mark";
}

// --- chunks that are not as they should be -----------------------------------------------------------------

TEST(SnapshotChunks, ComeInOrder) {
    Machine machine = some_machine();
    const Snapshot snapshot = snapshot_of(machine);
    const auto& state = snapshot.chunks[0];
    const auto& changes = snapshot.chunks[1];
    const auto refused = [](ImageReader& reader, const ChunkName& name, const SnapshotChunk& chunk) {
        const auto added = reader.add(name, chunk.bytes);
        return !added.ok() && added.error().code == Code::damaged &&
               added.error().message.find("not the next one") != std::string::npos;
    };
    ImageReader reader({}, snapshot.manifest);
    EXPECT_TRUE(refused(reader, changes.name, changes)) << "the state comes first";
    EXPECT_TRUE(refused(reader, {8, SnapshotSection::state, 0}, state)) << "of another snapshot";
    EXPECT_TRUE(refused(reader, {7, SnapshotSection::state, 1}, state));
    EXPECT_TRUE(reader.add(state.name, state.bytes).ok());
    EXPECT_TRUE(refused(reader, state.name, state)) << "once is enough";
    EXPECT_TRUE(reader.add(changes.name, changes.bytes).ok());
    EXPECT_TRUE(refused(reader, changes.name, changes));
    EXPECT_TRUE(refused(reader, {7, SnapshotSection::changes, 1}, changes));
    EXPECT_TRUE(reader.finish().ok());
}

TEST(SnapshotChunks, ThatAreMissingAreNamed) {
    Machine machine = some_machine();
    Snapshot snapshot = snapshot_of(machine);
    snapshot.chunks.pop_back();
    const auto built = built_from(snapshot);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().code, Code::damaged);
    EXPECT_EQ(built.error().message, "chunk 0 of the changes of snapshot 7: it is missing");
}

TEST(SnapshotChunks, AreWhatTheManifestSays) {
    Machine machine = some_machine();
    const Snapshot good = snapshot_of(machine);
    const auto message_with = [&](auto change) {
        Snapshot bad = good;
        change(bad.manifest);
        const auto built = built_from(bad);
        return built.ok() ? std::string() : built.error().message;
    };
    EXPECT_THAT(message_with([](auto& manifest) { ++manifest.bytes; }), HasSubstr("size"));
    EXPECT_THAT(message_with([](auto& manifest) { ++manifest.hash; }), HasSubstr("hash"));
    EXPECT_THAT(message_with([](auto& manifest) { ++manifest.chunks[1]; }), HasSubstr("missing"));
    EXPECT_THAT(message_with([](auto& manifest) { --manifest.chunks[1]; }), HasSubstr("not the next"));
    EXPECT_THAT(message_with([](auto& manifest) { ++manifest.header.key_count; }), HasSubstr("keys"));
    EXPECT_THAT(message_with([](auto& manifest) { ++manifest.header.state_hash; }), HasSubstr("hash"));
}

TEST(SnapshotChunks, InAnotherPlaceHaveAnotherHash) {
    const ChunkName name{7, SnapshotSection::state, 1};
    const std::uint64_t hash = hash_of(name, "bytes");
    EXPECT_NE(hash, hash_of(name, "other"));
    EXPECT_NE(hash, hash_of({8, SnapshotSection::state, 1}, "bytes"));
    EXPECT_NE(hash, hash_of({7, SnapshotSection::changes, 1}, "bytes"));
    EXPECT_NE(hash, hash_of({7, SnapshotSection::state, 2}, "bytes"));
}

// As somebody would who can also make hashes.
void vouch_for(Snapshot& snapshot) {
    snapshot.manifest.bytes = snapshot.manifest.hash = 0;
    for (const SnapshotChunk& chunk : snapshot.chunks) {
        snapshot.manifest.bytes += chunk.bytes.size();
        snapshot.manifest.hash += hash_of(chunk.name, chunk.bytes);
    }
}

std::string message_of(const std::string& record, SnapshotSection section) {
    Snapshot snapshot;
    snapshot.manifest.header.revision = Revision{9};
    snapshot.manifest.chunks[static_cast<std::size_t>(section)] = 1;
    snapshot.chunks.push_back({{0, section, 0}, record});
    vouch_for(snapshot);
    const auto built = built_from(snapshot);
    return built.ok() ? "" : built.error().message;
}

template <class... Values>
std::string array_of(const Values&... values) {
    return oracle::write([&](auto& packer) {
        packer.pack_array(sizeof...(values));
        (packer.pack(values), ...);
    });
}

TEST(SnapshotChunks, RecordsStandInTheirSection) {
    using enum SnapshotSection;
    EXPECT_THAT(message_of(array_of(4, "key", 1), changes), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of(array_of(2), state), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of(array_of(0), state), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of(array_of(7), state), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of(array_of(256 + 4, "key", 1), state), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of(array_of(4, "key", 1), state), HasSubstr("a deadline is of no live key"));
}

TEST(SnapshotChunks, KeysAndValuesHaveTheirLimits) {
    const auto base = [](std::size_t key, std::size_t value) {
        std::string record("\x92\x02", 2);
        return message_of(record + array_of(std::string(key, 'k'), std::string(value, 'v'), 9, 9, 1, 0),
                          SnapshotSection::changes);
    };
    EXPECT_THAT(base(limits::key_bytes_max, limits::value_bytes_max), HasSubstr("1 keys"));
    EXPECT_THAT(base(limits::key_bytes_max + 1, 1), HasSubstr("cannot be read"));
    EXPECT_THAT(base(1, limits::value_bytes_max + 1), HasSubstr("cannot be read"));
    EXPECT_THAT(base(0, 1), HasSubstr("cannot be read"));
}

// What was built from anything works as a machine does.
void use(Machine& machine) {
    machine.advance(machine.time() + seconds{5});
    for (int round = 0; round < 20; ++round) {
        machine.apply(by(70, static_cast<std::uint64_t>(round) + 1, 1, put("old", "new")));
        machine.apply(remove("leased", "p"));
        machine.apply(command(machine::Compact{machine.revision()}));
    }
    machine.advance(ClusterTime::max());
    machine.apply(remove(machine::to_the_end, machine::to_the_end));
    machine.apply(command(machine::Compact{machine.revision()}));
    machine.advance(ClusterTime::max());
}

void expect_an_error_or_the_same(const Snapshot& good, Snapshot bad) {
    if (const auto built = built_from(bad); built.ok()) {
        ASSERT_EQ(built->state_hash(), good.manifest.header.state_hash);
        ASSERT_EQ(chunk_bytes(bad), chunk_bytes(good));
    }
    vouch_for(bad);
    if (auto built = built_from(bad); built.ok()) use(*built);
}

TEST(SnapshotChunks, CutAnywhere) {
    Machine machine = some_machine();
    const Snapshot good = snapshot_of(machine);
    for (std::size_t which = 0; which < good.chunks.size(); ++which) {
        for (std::size_t size = 0; size < good.chunks[which].bytes.size(); ++size) {
            Snapshot bad = good;
            bad.chunks[which].bytes.resize(size);
            ASSERT_FALSE(built_from(bad).ok()) << which << " " << size;
            ASSERT_NO_FATAL_FAILURE(expect_an_error_or_the_same(good, bad));
        }
    }
}

TEST(SnapshotChunks, WithAnyByteChanged) {
    Machine machine = some_machine();
    const Snapshot good = snapshot_of(machine);
    for (std::size_t which = 0; which < good.chunks.size(); ++which) {
        for (std::size_t at = 0; at < good.chunks[which].bytes.size(); ++at) {
            for (int change = 1; change < 256; ++change) {
                Snapshot bad = good;
                bad.chunks[which].bytes[at] = static_cast<char>(bad.chunks[which].bytes[at] ^ change);
                ASSERT_FALSE(built_from(bad).ok()) << which << " " << at;
                ASSERT_NO_FATAL_FAILURE(expect_an_error_or_the_same(good, bad)) << which << " " << at;
            }
        }
    }
}

// Records left out, repeated and moved: what contradicts itself is found, and the rest is harmless.
TEST(SnapshotChunks, OfRecordsInDisorder) {
    Machine machine = some_machine();
    const Snapshot good = snapshot_of(machine);
    Random random(3);
    for (int round = 0; round < 5000; ++round) {
        Snapshot bad = good;
        std::string& bytes = bad.chunks[random.below(2)].bytes;
        const std::size_t from = random.below(bytes.size());
        const std::size_t size = random.between(1, bytes.size() - from);
        const std::string piece = bytes.substr(from, size);
        if (random.chance(0.5)) bytes.erase(from, size);
        if (random.chance(0.5)) bytes.insert(random.below(bytes.size() + 1), piece);
        ASSERT_NO_FATAL_FAILURE(expect_an_error_or_the_same(good, bad)) << round;
    }
}

}  // namespace
}  // namespace kvbus::wire
