#include "wire/peer_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::Command;
using machine::Delete;
using machine::Outcome;
using machine::Put;
using raft::EntryId;
using raft::EntryType;
using ::testing::HasSubstr;

constexpr PeerHeader header{ClusterId{11}, GroupId{12}, NodeId{13}, NodeId{14}};

EntryId id(std::uint64_t term, std::uint64_t index) {
    return {Term{term}, Index{index}};
}

raft::Message message(decltype(raft::Message::body) body) {
    return {Term{21}, std::move(body)};
}

raft::Append two_entries() {
    return {id(31, 32),
            Index{33},
            {{id(34, 33), EntryType::no_op, {}}, {id(35, 34), EntryType::commands, Blob::copy_of("data")}}};
}

Forward two_commands() {
    return {{{41, 42, Command{ClientId{43}, Sequence{45}, Sequence{44}, Put{"k", "v"}}},
             {51, 52, Command{ClientId{}, Sequence{}, Sequence{}, Delete{"a", "b"}}}}};
}

ForwardReply two_outcomes() {
    return {{{61, Outcome{Code::ok, Revision{62}, 63}, ""},
             {64, Outcome{Code::unavailable, Revision{65}, 0}, "gone"}}};
}

raft::SnapshotMeta some_snapshot() {
    return {id(71, 72), {{NodeId{73}, NodeId{74}}}, NodeId{75}, 76};
}

struct FrameExample {
    PeerBody body;
    std::string wire;  // after the header
};

std::vector<FrameExample> frame_examples() {
    return {
        {message(raft::VoteRequest{true, id(22, 23)}), "1 21 true 22 23"},
        {message(raft::VoteReply{true, false}), "2 21 true false"},
        {message(raft::VoteReply{false, true}), "2 21 false true"},
        {message(two_entries()), "3 21 31 32 33 [[34 0 ''] [35 1 'data']]"},
        {message(raft::AppendReply{true, Index{22}, id(23, 24)}), "4 21 true 22 23 24"},
        {message(raft::Heartbeat{Index{22}, 23}), "5 21 22 23"},
        {message(raft::HeartbeatReply{22, Index{23}}), "6 21 22 23"},
        {message(raft::ReadRequest{raft::ReadId{22}}), "7 21 22"},
        {message(raft::ReadReply{raft::ReadId{22}, Index{23}}), "8 21 22 23"},
        {Greeting{"n1", "tcp://c", "0.1.0", true}, "9 \"n1\" \"tcp://c\" \"0.1.0\" true"},
        {two_commands(), "10 [[41 42 [1 43 45 44 'k' 'v']] [51 52 [2 0 0 0 'a' 'b']]]"},
        {two_outcomes(), "11 [[61 0 62 63 \"\"] [64 6 65 0 \"gone\"]]"},
        {message(raft::InstallSnapshot{some_snapshot()}), "12 21 71 72 [73 74] 75 76"},
        {ChunkRequest{{76, SnapshotSection::changes, 77}}, "13 76 1 77"},
        {ChunkReply{{76, SnapshotSection::state, 77}, true, "manifest", "bytes", 78},
         "14 76 0 77 true 'manifest' 'bytes' 78"},
        {StateCheck{Index{22}, 23}, "16 22 23 false 0"},
        {StateCheck{Index{22}, 23, 24}, "16 22 23 true 24"},
        {StateReport{Index{22}, 23, 24, true}, "17 22 23 24 true"},
    };
}

TEST(PeerFrames, OnTheWire) {
    for (const FrameExample& example : frame_examples()) {
        EXPECT_EQ(oracle::read(encode_peer_frame(header, example.body)),
                  "[1 11 12 13 14 " + example.wire + "]");
    }
}

TEST(PeerFrames, ReadBack) {
    for (const FrameExample& example : frame_examples()) {
        const std::string bytes = encode_peer_frame(header, example.body);
        const auto frame = decode_peer_frame(bytes);
        ASSERT_TRUE(frame.ok()) << example.wire;
        EXPECT_EQ(frame->header.cluster, header.cluster);
        EXPECT_EQ(frame->header.group, header.group);
        EXPECT_EQ(frame->header.from, header.from);
        EXPECT_EQ(frame->header.to, header.to);
        EXPECT_EQ(frame->body.index(), example.body.index());
        if (const auto* sent = std::get_if<raft::Message>(&example.body)) {
            EXPECT_EQ(std::get<raft::Message>(frame->body), *sent) << example.wire;
        }
        EXPECT_EQ(encode_peer_frame(frame->header, frame->body), bytes) << example.wire;
    }
}

TEST(PeerFrames, EntriesOwnTheirBytes) {
    std::string bytes = encode_peer_frame(header, message(two_entries()));
    const auto frame = decode_peer_frame(bytes);
    bytes.assign(bytes.size(), '\0');
    EXPECT_EQ(std::get<raft::Message>(frame->body), message(two_entries()));
}

TEST(PeerFrames, EveryTruncationIsRefused) {
    for (const FrameExample& example : frame_examples()) {
        const std::string bytes = encode_peer_frame(header, example.body);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_peer_frame(std::string_view(bytes).substr(0, size)).ok())
                << example.wire << size;
        }
        EXPECT_FALSE(decode_peer_frame(bytes + '\x01').ok()) << "trailing bytes: " << example.wire;
    }
}

TEST(PeerFrames, FieldsOfALaterVersionAreSkipped) {
    for (const FrameExample& example : frame_examples()) {
        std::string bytes = encode_peer_frame(header, example.body);
        ASSERT_LT(static_cast<unsigned char>(bytes[0]), 0x9f);
        bytes[0] = static_cast<char>(bytes[0] + 1);  // one element more
        bytes += oracle::write([](auto& packer) { packer.pack("new"); });
        const auto frame = decode_peer_frame(bytes);
        ASSERT_TRUE(frame.ok()) << example.wire;
        EXPECT_EQ(encode_peer_frame(frame->header, frame->body), encode_peer_frame(header, example.body));
    }
}

template <class... Values>
std::string frame_of(const Values&... values) {
    return oracle::write([&](auto& packer) {
        packer.pack_array(sizeof...(values));
        (packer.pack(values), ...);
    });
}

TEST(PeerFrames, UnknownVersionsAndKindsAreNamed) {
    const auto version = decode_peer_frame(frame_of(9, 11, 12, 13, 14, 5, 1, 1, 1));
    ASSERT_FALSE(version.ok());
    EXPECT_EQ(version.error().code, Code::unsupported);
    EXPECT_THAT(version.error().message, HasSubstr("version 9"));

    for (const int kind : {0, 15, 256, 257}) {
        const auto frame = decode_peer_frame(frame_of(1, 11, 12, 13, 14, kind, 1, 1, 1));
        ASSERT_FALSE(frame.ok());
        EXPECT_EQ(frame.error().code, Code::unsupported);
        EXPECT_THAT(frame.error().message, HasSubstr("kind " + std::to_string(kind)));
    }
}

TEST(PeerFrames, GarbageIsMalformed) {
    for (const std::string& bytes : {std::string(), std::string("hello"), frame_of(), frame_of(1, 2, 3),
                                     frame_of(1, 11, 12, 13, 14, 5, "x", 1, 1)}) {
        const auto frame = decode_peer_frame(bytes);
        ASSERT_FALSE(frame.ok());
        EXPECT_EQ(frame.error().code, Code::malformed);
    }
}

TEST(PeerFrames, LimitsOfTheirContent) {
    const auto refused = [](const PeerBody& body) {
        return !decode_peer_frame(encode_peer_frame(header, body)).ok();
    };

    EXPECT_FALSE(refused(Greeting{std::string(limits::name_bytes_max, 'n'), "u", "v", false}));
    EXPECT_TRUE(refused(Greeting{std::string(limits::name_bytes_max + 1, 'n'), "u", "v", false}));
    EXPECT_TRUE(refused(Greeting{"n", std::string(limits::url_bytes_max + 1, 'u'), "v", false}));

    const std::string long_key(limits::key_bytes_max + 1, 'k');
    EXPECT_TRUE(refused(Forward{{{1, 2, Command{{}, {}, {}, Put{long_key, "v"}}}}}));
    EXPECT_TRUE(refused(Forward{{{1, 2, Command{ClientId{1}, Sequence{1}, Sequence{2}, Put{"k", "v"}}}}}));

    const ForwardedCommand small{1, 2, Command{{}, {}, {}, Put{"k", "v"}}};
    EXPECT_FALSE(refused(Forward{std::vector(limits::forward_commands_max, small)}));
    EXPECT_TRUE(refused(Forward{std::vector(limits::forward_commands_max + 1, small)}));

    raft::Append append{id(1, 0), Index{}, {}};
    for (std::uint64_t i = 1; i <= limits::append_entries_max; ++i)
        append.entries.push_back({id(1, i), {}, {}});
    EXPECT_FALSE(refused(message(append)));
    append.entries.push_back({id(1, limits::append_entries_max + 1), {}, {}});
    EXPECT_TRUE(refused(message(append)));
}

TEST(PeerFrames, LimitsOfSnapshots) {
    const auto refused = [](const PeerBody& body) {
        return !decode_peer_frame(encode_peer_frame(header, body)).ok();
    };
    const auto install = [](std::vector<NodeId> voters) {
        raft::SnapshotMeta meta = some_snapshot();
        meta.membership.voters = std::move(voters);
        return message(raft::InstallSnapshot{meta});
    };
    EXPECT_TRUE(refused(install({NodeId{2}, NodeId{1}}))) << "voters are sorted";
    EXPECT_TRUE(refused(install({NodeId{1}, NodeId{1}}))) << "voters are unique";
    std::vector<NodeId> voters;
    for (std::uint64_t id = 1; id <= limits::members_max; ++id)
        voters.emplace_back(id);
    EXPECT_FALSE(refused(install(voters)));
    voters.emplace_back(limits::members_max + 1);
    EXPECT_TRUE(refused(install(voters)));

    EXPECT_TRUE(refused(ChunkRequest{{76, static_cast<SnapshotSection>(2), 77}}));
    EXPECT_FALSE(decode_peer_frame(frame_of(1, 11, 12, 13, 14, 13, 76, 0, std::uint64_t{1} << 32)).ok());

    const std::string chunk(limits::snapshot_chunk_bytes_max, 'c');
    const std::string manifest(limits::snapshot_manifest_bytes_max, 'm');
    const std::string largest = encode_peer_frame(header, ChunkReply{{}, true, manifest, chunk, 1});
    EXPECT_TRUE(decode_peer_frame(largest).ok());
    EXPECT_LE(largest.size(), limits::peer_frame_bytes_max);
    EXPECT_TRUE(refused(ChunkReply{{}, true, manifest, chunk + "c", 1}));
    EXPECT_TRUE(refused(ChunkReply{{}, true, manifest + "m", chunk, 1}));
}

TEST(PeerFrames, AnUnknownTypeOfEntryIsRefused) {
    auto append = two_entries();
    append.entries[0].type = static_cast<EntryType>(2);
    EXPECT_FALSE(decode_peer_frame(encode_peer_frame(header, message(append))).ok());
}

TEST(PeerFramesDeathTest, AGapBetweenEntriesIsOurBug) {
    auto append = two_entries();
    append.entries[1].id.index = Index{40};
    EXPECT_DEATH((void)encode_peer_frame(header, message(append)), "position");
}

}  // namespace
}  // namespace kvbus::wire
