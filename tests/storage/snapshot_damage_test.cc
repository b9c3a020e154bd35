// Whatever happens to a stored snapshot: a store opens with the very machine that was stored, or it refuses
// and says why.

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "storage/rocks.h"
#include "storage/snapshot_loader.h"
#include "storage/snapshot_support.h"
#include "storage/support.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A store with twelve entries, ten of them committed, a snapshot of the first eight, and the first four gone.
class SnapshotDamageTest : public testing::Test {
  protected:
    SnapshotDamageTest() {
        auto opened = open_store(dir());
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        const raft::Write write = append(1, 12, 2, 10);
        EXPECT_TRUE(opened->store->write({&write, 1}).ok());
        store(opened->snapshots, snapshot_);
        EXPECT_TRUE(opened->store->publish(snapshot_.manifest, Index{4}).ok());
    }

    [[nodiscard]] fs::path dir() const { return temp_.data(); }
    [[nodiscard]] fs::path file() const { return snapshot_path(dir(), snapshot_.id()); }

    void expect_refusal(std::string_view what) {
        const auto content = read_back(dir());
        ASSERT_FALSE(content.ok()) << "opened in spite of: " << what;
        EXPECT_EQ(content.error().code, Code::damaged) << content.error().message;
        EXPECT_THAT(content.error().message, AllOf(HasSubstr(dir().native()), HasSubstr(what),
                                                   HasSubstr("new member"), Not(HasSubstr("\n"))));
        EXPECT_TRUE(fs::exists(dir() / "CURRENT"));
    }
    void expect_the_same() {
        const auto content = read_back(dir());
        ASSERT_TRUE(content.ok()) << content.error().message;
        EXPECT_EQ(content->recovered.snapshot, snapshot_.manifest);
        EXPECT_EQ(content->recovered.machine.state_hash(), snapshot_.manifest.header.state_hash);
        EXPECT_EQ(content->recovered.log_start, entry_id(2, 4));
        EXPECT_EQ(content->entries.size(), 4);
    }

    // Changes what is stored in RocksDB behind the store's back.
    void tamper(const std::function<void(const Rocks&)>& change) {
        auto rocks = Rocks::open(dir(), false);
        ASSERT_TRUE(rocks.ok()) << rocks.error().message;
        change(**rocks);
    }
    void put_meta(std::string_view key, const std::string& value) {
        tamper(
            [&](const Rocks& rocks) { EXPECT_TRUE(rocks.db->Put({}, rocks.meta.get(), key, value).ok()); });
    }
    void put_manifest(const std::function<void(wire::SnapshotManifest&)>& change) {
        wire::SnapshotManifest manifest = snapshot_.manifest;
        change(manifest);
        std::string value;
        wire::encode_manifest(value, manifest);
        put_meta(snapshot_key, value);
    }

    TempDir temp_;
    const TestSnapshot snapshot_ = snapshot_after(entry_id(2, 8), 0xabcdef, 8);
};

TEST_F(SnapshotDamageTest, NoDamageNoRefusal) {
    expect_the_same();
}

TEST_F(SnapshotDamageTest, EachByteOfTheFile) {
    // The database itself is opened once only: it is not what is damaged here.
    const std::string bytes = bytes_of(file());
    ASSERT_GT(bytes.size(), 500);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
        set_bytes(file(), flipped);
        SnapshotFiles files(dir());
        const auto opened = files.open(snapshot_.id());
        if (!opened.ok()) {
            EXPECT_EQ(opened.error().code, Code::damaged) << opened.error().message;
            continue;
        }
        const auto machine = load_machine(files, snapshot_.manifest, {});
        ASSERT_FALSE(machine.ok()) << "a bit flipped at " << at;
        EXPECT_EQ(machine.error().code, Code::damaged) << machine.error().message;
    }
    set_bytes(file(), bytes.substr(0, 40) + static_cast<char>(bytes[40] ^ 1) + bytes.substr(41));
    expect_refusal("0000000000abcdef.snapshot is not what was stored");
    set_bytes(file(), bytes);
    expect_the_same();
}

TEST_F(SnapshotDamageTest, AFileThatIsCutOffAnywhere) {
    const std::string bytes = bytes_of(file());
    for (std::size_t size = 0; size < bytes.size(); size += 7) {
        set_bytes(file(), bytes.substr(0, size));
        SnapshotFiles files(dir());
        const auto opened = files.open(snapshot_.id());
        if (!opened.ok()) continue;
        EXPECT_FALSE(load_machine(files, snapshot_.manifest, {}).ok()) << "cut off at " << size;
    }
    set_bytes(file(), bytes.substr(0, bytes.size() - 1));
    expect_refusal("has no whole chunk at byte");
}

TEST_F(SnapshotDamageTest, AMissingFile) {
    fs::remove(file());
    expect_refusal("the file 0000000000abcdef.snapshot is missing");
}

TEST_F(SnapshotDamageTest, AMissingChunk) {
    ASSERT_GT(snapshot_.chunks.size(), 1);
    const std::size_t last = 24 + snapshot_.chunks.back().bytes.size();
    fs::resize_file(file(), fs::file_size(file()) - last);
    expect_refusal("is missing");
}

TEST_F(SnapshotDamageTest, TheChunksOfAnotherSnapshot) {
    const TestSnapshot other = snapshot_after(entry_id(2, 8), 0xabcdee, 8);
    SnapshotFiles files(dir());
    store(files, other);
    fs::rename(snapshot_path(dir(), other.id()), file());
    expect_refusal("is not what was stored");
}

TEST_F(SnapshotDamageTest, EachByteOfTheManifest) {
    std::string manifest;
    wire::encode_manifest(manifest, snapshot_.manifest);
    for (std::size_t at = 0; at < manifest.size(); ++at) {
        std::string flipped = manifest;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
        EXPECT_FALSE(wire::decode_manifest(flipped).ok()) << at;
    }
    manifest[manifest.size() / 2] ^= 1;
    put_meta(snapshot_key, manifest);
    expect_refusal("the manifest of a snapshot is damaged");
}

TEST_F(SnapshotDamageTest, AManifestOfOtherChunks) {
    put_manifest([](wire::SnapshotManifest& manifest) { ++manifest.chunks[1]; });
    expect_refusal("is missing");
    put_manifest([](wire::SnapshotManifest& manifest) { --manifest.chunks[1]; });
    expect_refusal("size");
    put_manifest([](wire::SnapshotManifest& manifest) { ++manifest.hash; });
    expect_refusal("hash");
    put_manifest([](wire::SnapshotManifest& manifest) { ++manifest.header.state_hash; });
    expect_refusal("");
}

// The log then begins with what nobody knows.
TEST_F(SnapshotDamageTest, AManifestThatIsGone) {
    tamper(
        [](const Rocks& rocks) { EXPECT_TRUE(rocks.db->Delete({}, rocks.meta.get(), snapshot_key).ok()); });
    expect_refusal("it starts after entry 4, but its snapshot ends with 0");
}

TEST_F(SnapshotDamageTest, ASnapshotThatDoesNotFitTheLog) {
    put_manifest([](wire::SnapshotManifest& manifest) { manifest.meta.last = entry_id(1, 8); });
    expect_refusal("entry 8 is of term 2, but of term 1 in the snapshot");
    put_manifest([](wire::SnapshotManifest& manifest) { manifest.meta.last = entry_id(1, 4); });
    expect_refusal("entry 4 is of term 2, but of term 1 in the snapshot");
    put_manifest([](wire::SnapshotManifest& manifest) { manifest.meta.last = entry_id(2, 3); });
    expect_refusal("it starts after entry 4, but its snapshot ends with 3");
    put_manifest([](wire::SnapshotManifest& manifest) { manifest.meta.last = entry_id(2, 11); });
    expect_refusal("its snapshot ends with entry 11, but only 10 was committed");
}

TEST_F(SnapshotDamageTest, AHoleAfterTheStartOfTheLog) {
    tamper([](const Rocks& rocks) {
        const LogKey key = log_key(Index{5});
        EXPECT_TRUE(rocks.db->Delete({}, rocks.log.get(), {key.data(), key.size()}).ok());
    });
    expect_refusal("entry 5 is missing, entry 6 follows");
}

// Though the snapshot covers it: the chain from there on would prove nothing.
TEST_F(SnapshotDamageTest, AnEntryThatTheSnapshotCoversIsVerifiedAllTheSame) {
    tamper([](const Rocks& rocks) {
        std::string record;
        wire::encode_log_record(record, entry(6, 2, 7), 1);
        const LogKey key = log_key(Index{6});
        EXPECT_TRUE(rocks.db->Put({}, rocks.log.get(), {key.data(), key.size()}, record).ok());
    });
    expect_refusal("entry 6 does not continue the hash chain");
}

TEST_F(SnapshotDamageTest, RemainsOfWhatWasDroppedAreNoDamage) {
    tamper([](const Rocks& rocks) {
        const LogKey key = log_key(Index{3});
        EXPECT_TRUE(rocks.db->Put({}, rocks.log.get(), {key.data(), key.size()}, "old").ok());
    });
    expect_the_same();
}

}  // namespace
}  // namespace kvbus::storage
