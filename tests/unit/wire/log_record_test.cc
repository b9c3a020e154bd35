// Stored records: what goes in comes out, what is damaged is refused, and the chain depends on all that it
// should.

#include "wire/log_record.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvbus::wire {
namespace {

using testing::HasSubstr;

raft::Entry sample(std::uint64_t index, std::uint64_t term, std::string_view data,
                   raft::EntryType type = raft::EntryType::commands) {
    return {{Term{term}, Index{index}}, type, Blob::copy_of(data)};
}

std::string encoded(const raft::Entry& entry, std::uint64_t chain) {
    std::string bytes = "what was there before";
    encode_log_record(bytes, entry, chain);
    return bytes;
}

TEST(LogRecord, RoundTrip) {
    const std::vector<raft::Entry> entries = {sample(1, 1, "", raft::EntryType::no_op), sample(7, 3, "abc"),
                                              sample(~0ull, ~0ull, std::string(100'000, '\xff'))};
    for (const raft::Entry& entry : entries) {
        for (const std::uint64_t chain : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            const auto decoded = decode_log_record(entry.id.index, encoded(entry, chain));
            ASSERT_TRUE(decoded.ok()) << decoded.error().message;
            EXPECT_EQ(decoded->entry, entry);
            EXPECT_EQ(decoded->chain, chain);
        }
    }
}

// The form on disk: changing it needs a new version.
TEST(LogRecord, StaysAsItIsOnDisk) {
    EXPECT_EQ(encoded(sample(7, 3, "abc"), 0x1122), std::string("\x95\x01\x03\x01\xcd\x11\x22\xc4\x03"
                                                                "abc"));
    EXPECT_EQ(chain_hash(0, sample(1, 1, "abc")), 0xca67cef2c9d2a800ull);
}

TEST(LogRecord, TheChainDependsOnEverything) {
    const std::set<std::uint64_t> chains = {chain_hash(0, sample(1, 1, "abc")),
                                            chain_hash(1, sample(1, 1, "abc")),
                                            chain_hash(0, sample(2, 1, "abc")),
                                            chain_hash(0, sample(1, 2, "abc")),
                                            chain_hash(0, sample(1, 1, "abd")),
                                            chain_hash(0, sample(1, 1, "")),
                                            chain_hash(0, sample(1, 1, "abc", raft::EntryType::no_op)),
                                            chain_hash(0, sample(1, 1, std::string(500, 'a')))};
    EXPECT_EQ(chains.size(), 8);
}

TEST(LogRecord, WhatIsCutShortIsDamaged) {
    const std::string bytes = encoded(sample(7, 3, "abc"), 99);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = decode_log_record(Index{7}, std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(decoded.ok()) << size;
        EXPECT_EQ(decoded.error().code, Code::damaged);
    }
    EXPECT_FALSE(decode_log_record(Index{7}, bytes + "x").ok());
    EXPECT_FALSE(decode_log_record(Index{7}, std::string_view("\x95\x00\x03\x01\x05\xc4\x00", 7)).ok());
}

TEST(LogRecord, ElementsOfALaterVersionAreSkipped) {
    const auto decoded = decode_log_record(Index{7},
                                           "\x96\x01\x03\x01\x05\xa3"
                                           "abc\x07");
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(decoded->entry, sample(7, 3, "abc"));
}

TEST(LogRecord, ANewerFormatAsksForANewerProgram) {
    for (const std::string_view bytes : {"\x92\x02\x03", "\x95\x01\x03\x07\x05\xa0"}) {
        const auto decoded = decode_log_record(Index{7}, bytes);
        ASSERT_FALSE(decoded.ok());
        EXPECT_EQ(decoded.error().code, Code::unsupported);
        EXPECT_THAT(decoded.error().message, HasSubstr("newer version"));
    }
}

TEST(LogRecord, HardStateRoundTrip) {
    for (const raft::HardState& state :
         {raft::HardState{}, raft::HardState{Term{~0ull}, NodeId{~0ull}, Index{1 << 20}}}) {
        std::string bytes;
        encode_hard_state(bytes, state);
        const auto decoded = decode_hard_state(bytes);
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(*decoded, state);
        EXPECT_FALSE(decode_hard_state(bytes.substr(0, bytes.size() - 1)).ok());
    }
}

TEST(LogRecord, LogStartRoundTrip) {
    const LogStart start{{Term{3}, Index{900}}, 0xabcdef};
    std::string bytes;
    encode_log_start(bytes, start);
    const auto decoded = decode_log_start(bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, start);
    EXPECT_FALSE(decode_log_start(bytes.substr(0, bytes.size() - 1)).ok());
}

TEST(LogRecord, IdentityRoundTrip) {
    const Identity identity{ClusterId{~0ull}, NodeId{7}, "n1"};
    std::string bytes;
    encode_identity(bytes, identity);
    const auto decoded = decode_identity(bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, identity);
    EXPECT_FALSE(decode_identity(bytes.substr(0, bytes.size() - 1)).ok());
}

TEST(LogRecord, IdentityOfARestoredNode) {
    const Identity configured{ClusterId{5}, NodeId{7}, "n1"};
    EXPECT_EQ(restored_from(configured, 0), configured);
    const Identity restored = restored_from(configured, 0xc0ffee);
    EXPECT_NE(restored.cluster, configured.cluster);
    EXPECT_NE(restored.cluster, restored_from(configured, 0xc0ffef).cluster);
    EXPECT_NE(restored.cluster, restored_from({ClusterId{6}, NodeId{7}, "n1"}, 0xc0ffee).cluster);
    EXPECT_EQ(restored.node, configured.node);
    std::string bytes;
    encode_identity(bytes, restored);
    const auto decoded = decode_identity(bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, restored);
}

TEST(LogRecord, IdentityFromBeforeThereWereBackups) {
    const Identity identity{ClusterId{5}, NodeId{7}, "n1"};
    std::string bytes;
    encode_identity(bytes, identity);
    ASSERT_EQ(bytes.front(), '\x95');
    ASSERT_EQ(bytes.back(), '\0');
    bytes.front() = '\x94';
    bytes.pop_back();
    const auto decoded = decode_identity(bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, identity);
}

}  // namespace
}  // namespace kvbus::wire
