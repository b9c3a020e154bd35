// Backups: what is read of one is what was written, and no byte of it can change unnoticed.
#include "wire/backup.h"

#include <sstream>

#include <gmock/gmock.h>

#include "unit/wire/snapshot_support.h"
#include "wire/stored_chunk.h"

namespace kvbus::wire {
namespace {

using testing::HasSubstr;

std::string chunk_in_file(const SnapshotChunk& chunk) {
    const ChunkHeaderBytes header = encode_chunk_header(header_of(chunk));
    return std::string(header.data(), header.size()) + chunk.bytes;
}

// Keys with a past, a lease and a session, in chunks of some ten bytes.
class Backups : public testing::Test {
  protected:
    Backups() {
        machine::Machine machine;
        const auto apply = [&](machine::Change change, std::uint64_t client = 0) {
            machine::Command command = machine::without_session(std::move(change));
            command.client = ClientId{client};
            command.sequence = command.first_unanswered = Sequence{client};
            ASSERT_EQ(machine.apply(command).code, Code::ok);
        };
        machine.advance(std::chrono::seconds{5});
        apply(machine::LeaseGrant{LeaseId{9}, std::chrono::seconds{60}});
        apply(machine::Put{.key = "a", .value = "1"});
        apply(machine::Put{.key = "b", .value = "2", .lease = LeaseId{9}}, 1);
        apply(machine::Put{.key = "a", .value = "3"});
        snapshot_ = snapshot_of(machine, 24);
        std::ranges::sort(snapshot_.chunks, {}, &SnapshotChunk::name);
        head_ = {snapshot_.manifest, ClusterId{0xc0ffee}, "1.2.3", std::chrono::milliseconds{1234567890123}};
        bytes_ = encode_backup_head(head_);
        for (const SnapshotChunk& chunk : snapshot_.chunks)
            bytes_ += chunk_in_file(chunk);
    }

    struct Content {
        BackupHead head;
        std::vector<SnapshotChunk> chunks;
    };
    static Result<Content> read(const std::string& bytes) {
        std::istringstream in(bytes);
        BackupReader reader(in);
        auto head = reader.head();
        if (!head.ok()) return head.error();
        Content content{*head, {}};
        for (;;) {
            auto chunk = reader.next();
            if (!chunk.ok()) return chunk.error();
            if (!*chunk) return content;
            content.chunks.push_back(std::move(**chunk));
        }
    }
    static testing::AssertionResult is_refused(const std::string& bytes, std::string_view what = {}) {
        const auto content = read(bytes);
        if (content.ok()) return testing::AssertionFailure() << "it was taken for whole";
        if (content.error().message.find(what) == std::string::npos)
            return testing::AssertionFailure() << content.error().message;
        return testing::AssertionSuccess();
    }

    Snapshot snapshot_;
    BackupHead head_;
    std::string bytes_;
};

TEST_F(Backups, AreReadAsTheyWereWritten) {
    ASSERT_GT(snapshot_.chunks.size(), 3U);
    const auto content = read(bytes_);
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_EQ(content->head.manifest, head_.manifest);
    EXPECT_EQ(content->head.cluster, head_.cluster);
    EXPECT_EQ(content->head.version, head_.version);
    EXPECT_EQ(content->head.taken, head_.taken);
    const auto machine = built_from({content->head.manifest, content->chunks});
    ASSERT_TRUE(machine.ok()) << machine.error().message;
    EXPECT_EQ(machine->state_hash(), head_.manifest.header.state_hash);
    EXPECT_EQ(backup_bytes(encode_backup_head(head_), head_.manifest), bytes_.size());
}

TEST_F(Backups, NoOtherByteAnywhereGoesUnnoticed) {
    std::string changed = bytes_;
    for (char& byte : changed) {
        const char right = byte;
        for (unsigned other = 1; other < 0x100; ++other) {
            byte = static_cast<char>(static_cast<unsigned char>(right) ^ other);
            ASSERT_TRUE(is_refused(changed)) << "byte " << &byte - changed.data() << " xor " << other;
        }
        byte = right;
    }
}

TEST_F(Backups, NoEndThatIsCutOffGoesUnnoticed) {
    for (std::size_t size = 0; size < bytes_.size(); ++size)
        ASSERT_TRUE(is_refused(bytes_.substr(0, size))) << size << " bytes";
}

TEST_F(Backups, NothingMayFollow) {
    EXPECT_TRUE(is_refused(bytes_ + '\0', "something follows its end"));
    EXPECT_TRUE(is_refused(bytes_ + chunk_in_file(snapshot_.chunks.back()), "something follows its end"));
    EXPECT_TRUE(is_refused(bytes_ + bytes_, "something follows its end"));
}

TEST_F(Backups, ChunksAreAllThereInTheirOrder) {
    const std::string head = encode_backup_head(head_);
    const std::string first = chunk_in_file(snapshot_.chunks[0]);
    const std::string second = chunk_in_file(snapshot_.chunks[1]);
    const std::string rest = bytes_.substr(head.size() + first.size() + second.size());
    ASSERT_FALSE(is_refused(head + first + second + rest));
    EXPECT_TRUE(is_refused(head + second + first + rest, "not of this chunk"));
    EXPECT_TRUE(is_refused(head + second + rest, "not of this chunk"));
    EXPECT_TRUE(is_refused(head + first + first + second + rest, "not of this chunk"));
}

TEST_F(Backups, AChunkOfAnotherIsNoneOfThisOne) {
    SnapshotChunk other = snapshot_.chunks[0];
    other.bytes[other.bytes.size() / 2] ^= 1;
    const std::string head = encode_backup_head(head_);
    const std::string right = chunk_in_file(snapshot_.chunks[0]);
    const std::string rest = bytes_.substr(head.size() + right.size());
    EXPECT_TRUE(is_refused(head + chunk_in_file(other) + rest, "not those that its head tells of"));
}

TEST_F(Backups, AnErrorNamesThePlace) {
    const std::size_t head = encode_backup_head(head_).size();
    std::string changed = bytes_;
    changed.back() ^= 1;
    const std::size_t last = bytes_.size() - chunk_in_file(snapshot_.chunks.back()).size();
    EXPECT_TRUE(is_refused(changed, "at byte " + std::to_string(last) + ", chunk "));
    EXPECT_TRUE(is_refused(changed, " of the changes of snapshot 7: its hash is not"));
    EXPECT_TRUE(is_refused(bytes_.substr(0, head + 10),
                           "at byte " + std::to_string(head) + ", chunk 0 of the state"));
    EXPECT_TRUE(is_refused("K" + bytes_.substr(1), "no backup"));
    EXPECT_TRUE(is_refused("", "cut off"));
}

TEST_F(Backups, WhatIsBeforeTheOffsetIsGood) {
    std::istringstream in(bytes_.substr(0, bytes_.size() - 1));
    BackupReader reader(in);
    ASSERT_TRUE(reader.head().ok());
    auto chunk = reader.next();
    while (chunk.ok() && *chunk)
        chunk = reader.next();
    EXPECT_FALSE(chunk.ok());
    EXPECT_EQ(reader.chunks(), snapshot_.chunks.size() - 1);
    EXPECT_EQ(reader.offset(), bytes_.size() - chunk_in_file(snapshot_.chunks.back()).size());
}

TEST_F(Backups, OneOfAnEmptyMachineHasAHeadOnly) {
    machine::Machine empty;
    const Snapshot snapshot = snapshot_of(empty);
    const std::string bytes = encode_backup_head({snapshot.manifest, ClusterId{1}, "1", {}});
    const auto content = read(bytes);
    ASSERT_TRUE(content.ok()) << content.error().message;
    EXPECT_TRUE(content->chunks.empty());
}

TEST_F(Backups, TheHashTellsContentsApart) {
    BackupHead other = head_;
    ++other.manifest.hash;
    EXPECT_NE(hash_of_backup(encode_backup_head(other)), hash_of_backup(encode_backup_head(head_)));
}

TEST(StoredChunks, HaveFilesNamedByTheirSnapshot) {
    EXPECT_EQ(snapshot_file_name(0xc0ffee), "0000000000c0ffee.snapshot");
    EXPECT_EQ(snapshot_file_name(0xfedcba9876543210), "fedcba9876543210.snapshot");
}

}  // namespace
}  // namespace kvbus::wire
