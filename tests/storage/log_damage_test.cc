// Whatever happens to the files: a store opens with all that was made durable, or it refuses and says why.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "storage/rocks.h"
#include "storage/support.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A store with twenty entries in two terms, twelve of them committed, one write each; and copies of it to
// damage.
class LogDamageTest : public testing::Test {
  protected:
    static constexpr std::uint64_t entries = 20;

    LogDamageTest() {
        auto opened = open_store(original());
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        for (std::uint64_t index = 1; index <= entries; ++index) {
            marks_.push_back(bytes_of(original() / "DURABLE"));
            wal_before_last_ = fs::file_size(only(original(), ".log"));
            const raft::Write write =
                append(index, index, index <= 10 ? 1 : 2, std::min<std::uint64_t>(index - 1, 12));
            EXPECT_TRUE(opened->store->write({&write, 1}).ok());
        }
    }

    [[nodiscard]] fs::path original() const { return dir_.data(); }

    fs::path copy() {
        const fs::path to = dir_.path() / "copy";
        fs::remove_all(to);
        fs::copy(original(), to, fs::copy_options::recursive);
        return to;
    }

    // A reopened store has moved its log from the WAL to an SST.
    void flush() { ASSERT_TRUE(open_store(original()).ok()); }

    static fs::path only(const fs::path& dir, std::string_view extension) {
        fs::path found;
        for (const auto& file : fs::directory_iterator(dir)) {
            if (file.path().extension() == extension && fs::file_size(file) > 0)
                found = std::max(found, file.path());
        }
        EXPECT_FALSE(found.empty()) << extension;
        return found;
    }

    static void expect_refusal(const fs::path& dir, std::string_view what) {
        const auto content = read_back(dir);
        ASSERT_FALSE(content.ok()) << "opened in spite of: " << what;
        EXPECT_EQ(content.error().code, Code::damaged) << content.error().message;
        EXPECT_THAT(content.error().message, AllOf(HasSubstr(dir.native()), HasSubstr(what),
                                                   HasSubstr("new member"), Not(HasSubstr("\n"))));
    }

    void expect_all_or_refusal(const fs::path& dir, const std::string& damage) {
        const auto content = read_back(dir);
        if (!content.ok()) {
            ++refusals_;
            return;
        }
        EXPECT_EQ(content->recovered.hard_state, hard_state(2, 0, 12)) << damage;
        ASSERT_EQ(content->entries.size(), entries) << damage;
        for (std::uint64_t i = 0; i < entries; ++i) {
            EXPECT_EQ(content->entries[i], entry(i + 1, i < 10 ? 1 : 2)) << damage;
        }
    }

    // Flips one bit in each of `samples` places spread over the file.
    void flip_bits_in(std::string_view extension, std::size_t samples) {
        const fs::path file = only(original(), extension).filename();
        const std::string bytes = bytes_of(original() / file);
        const std::size_t step = std::max<std::size_t>(1, bytes.size() / samples);
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            std::string flipped = bytes;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
            const fs::path dir = copy();
            set_bytes(dir / file, flipped);
            expect_all_or_refusal(dir, "a bit flipped in " + file.native() + " at " + std::to_string(at));
        }
    }

    // Changes what is stored behind the store's back.
    fs::path tampered(const std::function<void(const Rocks&)>& change) {
        const fs::path dir = copy();
        auto rocks = Rocks::open(dir, false);
        EXPECT_TRUE(rocks.ok()) << rocks.error().message;
        change(**rocks);
        return dir;
    }
    static std::string record(const Rocks& rocks, std::uint64_t index) {
        std::string value;
        const LogKey key = log_key(Index{index});
        EXPECT_TRUE(rocks.db->Get({}, rocks.log.get(), {key.data(), key.size()}, &value).ok());
        return value;
    }
    static void put(const Rocks& rocks, std::uint64_t index, const std::string& value) {
        const LogKey key = log_key(Index{index});
        EXPECT_TRUE(rocks.db->Put({}, rocks.log.get(), {key.data(), key.size()}, value).ok());
    }
    static void put_hard_state(const Rocks& rocks, const raft::HardState& hard_state) {
        std::string value;
        wire::encode_hard_state(value, hard_state);
        EXPECT_TRUE(rocks.db->Put({}, rocks.meta.get(), hard_state_key, value).ok());
    }

    TempDir dir_;
    std::vector<std::string> marks_;  // before each write
    std::uintmax_t wal_before_last_ = 0;
    int refusals_ = 0;
};

TEST_F(LogDamageTest, NoDamageNoRefusal) {
    expect_all_or_refusal(copy(), "nothing");
    EXPECT_EQ(refusals_, 0);
}

TEST_F(LogDamageTest, ABitAnywhereInTheWal) {
    flip_bits_in(".log", 120);
    EXPECT_GT(refusals_, 110);
}

// After a power cut the mark may be too old to tell, so the WAL's own checksums must.
TEST_F(LogDamageTest, ABitInTheMiddleOfTheWalUnderAnOldMark) {
    const fs::path dir = copy();
    const fs::path wal = only(dir, ".log");
    std::string bytes = bytes_of(wal);
    const std::size_t data = bytes.find(entry(9, 1).data.view());
    ASSERT_NE(data, std::string::npos);
    bytes[data + 50] = static_cast<char>(bytes[data + 50] ^ 1);
    set_bytes(wal, bytes);
    set_bytes(dir / "DURABLE", marks_[3]);
    expect_refusal(dir, "checksum mismatch");
}

// A longer length makes a record look torn, and RocksDB would drop it and all that follow.
TEST_F(LogDamageTest, ABitInALengthInTheMiddleOfTheWal) {
    const fs::path dir = copy();
    const fs::path wal = only(dir, ".log");
    std::string bytes = bytes_of(wal);
    const std::size_t data = bytes.find(entry(9, 1).data.view());
    ASSERT_NE(data, std::string::npos);
    const std::size_t type = bytes.rfind('\x01', bytes.rfind("hard_state", data) - 25);
    ASSERT_NE(type, std::string::npos);
    bytes[type - 1] = '\x40';  // the upper byte of the length
    set_bytes(wal, bytes);
    expect_refusal(dir, "");
}

TEST_F(LogDamageTest, ABitAnywhereInAnSst) {
    flush();
    flip_bits_in(".sst", 120);
    EXPECT_GT(refusals_, 60);
}

TEST_F(LogDamageTest, ABitAnywhereInTheManifest) {
    flush();
    const fs::path file = bytes_of(original() / "CURRENT").substr(0, 15);
    const std::string bytes = bytes_of(original() / file);
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 80) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 4);
        const fs::path dir = copy();
        set_bytes(dir / file, flipped);
        expect_all_or_refusal(dir, "a bit flipped in the manifest at " + std::to_string(at));
    }
    EXPECT_GT(refusals_, 60);
}

TEST_F(LogDamageTest, AMissingFile) {
    flush();
    for (const auto& file : fs::directory_iterator(original())) {
        const fs::path name = file.path().filename();
        const fs::path dir = copy();
        fs::remove(dir / name);
        expect_all_or_refusal(dir, "missing: " + name.native());
    }
    EXPECT_GE(refusals_, 4) << "CURRENT, MANIFEST, DURABLE and the SSTs";
}

// RocksDB would take it for a directory without a database, make a new one there, and delete the old one's
// files.
TEST_F(LogDamageTest, AMissingCurrentFileCostsNoOther) {
    flush();
    const fs::path dir = copy();
    fs::remove(dir / "CURRENT");
    const std::string sst = bytes_of(only(dir, ".sst"));
    expect_refusal(dir, "the file CURRENT is missing");
    EXPECT_EQ(bytes_of(only(dir, ".sst")), sst);
}

TEST_F(LogDamageTest, AMissingWal) {
    const fs::path dir = copy();
    fs::remove(only(dir, ".log"));
    expect_refusal(dir, "its end is missing");
}

// Nothing inside the WAL tells that something followed.
TEST_F(LogDamageTest, AWalCutAtTheEndOfARecord) {
    const fs::path dir = copy();
    fs::resize_file(only(dir, ".log"), wal_before_last_);
    expect_refusal(dir, "its end is missing");
}

// A lost vote leaves no gap in the log, and lets a node vote twice.
TEST_F(LogDamageTest, AVoteCutOff) {
    const fs::path dir = copy();
    auto opened = open_store(dir);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    raft::Write write;
    write.hard_state = hard_state(3, 0, 12);
    ASSERT_TRUE(opened->store->write({&write, 1}).ok());
    const std::uintmax_t before = fs::file_size(only(dir, ".log"));
    write.hard_state = hard_state(3, 2, 12);
    ASSERT_TRUE(opened->store->write({&write, 1}).ok());
    opened->store.reset();
    fs::resize_file(only(dir, ".log"), before);
    expect_refusal(dir, "its end is missing");
}

TEST_F(LogDamageTest, AnAcknowledgedRecordThatIsTorn) {
    const fs::path dir = copy();
    fs::resize_file(only(dir, ".log"), wal_before_last_ + 20);
    expect_refusal(dir, "its end is missing");
}

// A process that dies while it writes leaves a part of a record that it never acknowledged.
TEST_F(LogDamageTest, ATornTailThatWasNeverAcknowledgedIsNoDamage) {
    const std::uintmax_t size = fs::file_size(only(original(), ".log"));
    for (std::uintmax_t cut = wal_before_last_; cut < size; cut += 12) {
        const fs::path dir = copy();
        fs::resize_file(only(dir, ".log"), cut);
        set_bytes(dir / "DURABLE", marks_.back());
        const auto content = read_back(dir);
        ASSERT_TRUE(content.ok()) << content.error().message;
        ASSERT_EQ(content->entries.size(), entries - 1) << "cut at " << cut;
        EXPECT_EQ(content->entries.back(), entry(entries - 1, 2));
        EXPECT_TRUE(read_back(dir).ok()) << "and again";
    }
}

// The mark is not synced: after a power cut it may be old, and then whatever is there is more than was
// promised.
TEST_F(LogDamageTest, AnOldMarkIsNoDamage) {
    const fs::path dir = copy();
    set_bytes(dir / "DURABLE", marks_.back());
    expect_all_or_refusal(dir, "an old mark");
    EXPECT_EQ(refusals_, 0);
}

TEST_F(LogDamageTest, AMarkThatCannotBeRead) {
    const fs::path dir = copy();
    std::string bytes = bytes_of(dir / "DURABLE");
    bytes[12] = static_cast<char>(bytes[12] ^ 1);
    set_bytes(dir / "DURABLE", bytes);
    expect_refusal(dir, "the file DURABLE cannot be read");
    set_bytes(dir / "DURABLE", "");
    expect_refusal(dir, "the file DURABLE cannot be read");
}

TEST_F(LogDamageTest, AHole) {
    const auto without = [&](std::uint64_t index) {
        return tampered([&](const Rocks& rocks) {
            const LogKey key = log_key(Index{index});
            EXPECT_TRUE(rocks.db->Delete({}, rocks.log.get(), {key.data(), key.size()}).ok());
        });
    };
    expect_refusal(without(7), "entry 7 is missing, entry 8 follows");
    expect_refusal(without(1), "entry 1 is missing, entry 2 follows");
}

TEST_F(LogDamageTest, LogRecordsInEachOthersPlaces) {
    expect_refusal(tampered([](const Rocks& rocks) {
                       const std::string fourth = record(rocks, 4);
                       put(rocks, 4, record(rocks, 5));
                       put(rocks, 5, fourth);
                   }),
                   "entry 4 does not continue the hash chain");
}

TEST_F(LogDamageTest, AnOldRecordInPlaceOfTheRightOne) {
    expect_refusal(tampered([](const Rocks& rocks) {
                       std::string other;
                       raft::Entry changed = entry(6, 1, 40);
                       wire::encode_log_record(other, changed, wire::chain_hash(0, changed));
                       put(rocks, 6, other);
                   }),
                   "entry 6 does not continue the hash chain");
}

TEST_F(LogDamageTest, ARecordThatIsNone) {
    expect_refusal(tampered([](const Rocks& rocks) { put(rocks, 6, "x"); }), "entry 6: ");
    expect_refusal(
        tampered([](const Rocks& rocks) { EXPECT_TRUE(rocks.db->Put({}, rocks.log.get(), "x", "y").ok()); }),
        "entry 0 follows");
}

// Rewrites the end of the log with a whole chain, so that only the terms are wrong.
TEST_F(LogDamageTest, TermsThatFall) {
    expect_refusal(tampered([](const Rocks& rocks) {
                       const auto before = wire::decode_log_record(Index{19}, record(rocks, 19));
                       raft::Entry last = entry(20, 1);
                       std::string value;
                       wire::encode_log_record(value, last, wire::chain_hash(before->chain, last));
                       put(rocks, 20, value);
                   }),
                   "entry 20 has a lower term than the one before");
}

TEST_F(LogDamageTest, ATermBeyondTheStoredOne) {
    expect_refusal(tampered([](const Rocks& rocks) { put_hard_state(rocks, hard_state(1, 0, 5)); }),
                   "entry 11 has a higher term than the node ever had");
    expect_refusal(tampered([](const Rocks& rocks) {
                       EXPECT_TRUE(rocks.db->Delete({}, rocks.meta.get(), hard_state_key).ok());
                   }),
                   "entry 1 has a higher term than the node ever had");
}

TEST_F(LogDamageTest, ACommitBeyondTheEnd) {
    expect_refusal(tampered([](const Rocks& rocks) { put_hard_state(rocks, hard_state(2, 0, 21)); }),
                   "entries up to 21 were committed, but it ends at 20");
}

TEST_F(LogDamageTest, MissingMetaData) {
    for (const std::string_view key : {identity_key, start_key}) {
        expect_refusal(
            tampered(
                [&](const Rocks& rocks) { EXPECT_TRUE(rocks.db->Delete({}, rocks.meta.get(), key).ok()); }),
            key == start_key ? "the start of the log is not recorded" : "the node's identity is missing");
    }
    expect_refusal(tampered([](const Rocks& rocks) {
                       EXPECT_TRUE(rocks.db->Put({}, rocks.meta.get(), hard_state_key, "x").ok());
                   }),
                   "the term and vote cannot be read");
}

TEST_F(LogDamageTest, ANewerFormatIsNoDamage) {
    const auto content = read_back(tampered([](const Rocks& rocks) {
        EXPECT_TRUE(rocks.db->Put({}, rocks.meta.get(), hard_state_key, "\x94\x02\x01\x02\x03").ok());
    }));
    ASSERT_FALSE(content.ok());
    EXPECT_EQ(content.error().code, Code::unsupported);
    EXPECT_THAT(content.error().message, HasSubstr("newer version of kvbus"));
}

}  // namespace
}  // namespace kvbus::storage
