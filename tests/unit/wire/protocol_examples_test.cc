// The worked examples of PROTOCOL.md, byte for byte.
#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include "wire/client_frames.h"
#include "wire/peer_frames.h"

namespace kvbus::wire {
namespace {

using machine::Campaign;
using machine::Command;
using machine::Delete;
using machine::Increment;
using machine::LeaseGrant;
using machine::Put;

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += text.empty() ? "" : " ";
        text += digits[value >> 4];
        text += digits[value & 0xf];
    }
    return text;
}

std::string request(std::uint64_t id, std::uint32_t timeout_ms, decltype(Request::body) body) {
    std::string out;
    append_request(out, {id, timeout_ms, std::move(body)});
    return hex(out);
}

ReplyHead head(std::uint64_t id, RequestType type, std::uint64_t revision) {
    return {id, type, {ClusterId{0x6b76}, NodeId{2}, 3, Revision{revision}, NodeId{2}}};
}

template <class Kind>
std::shared_ptr<const machine::Answer> answer(Kind kind) {
    return std::make_shared<const machine::Answer>(machine::Answer{std::move(kind)});
}

TEST(ProtocolExamples, Put) {
    EXPECT_EQ(
        request(1, 5000, Command{ClientId{0xc0ffee}, Sequence{1}, Sequence{1}, Put{"greeting", "hello"}}),
        "99 01 01 01 cd 13 88 ce 00 c0 ff ee 01 01 c4 08 67 72 65 65 74 69 6e 67 c4 05 68 65 6c 6c 6f");
    std::string reply;
    append_write_reply(reply, head(1, RequestType::put, 2), {Code::ok, Revision{2}, 0});
    EXPECT_EQ(hex(reply), "9b 01 01 01 00 cd 6b 76 02 03 02 02 02 00");
}

TEST(ProtocolExamples, Range) {
    EXPECT_EQ(request(2, 0, RangeRequest{{.key = "greeting"}}),
              "98 01 03 02 00 c4 08 67 72 65 65 74 69 6e 67 c4 00 00 00");
    std::string reply;
    append_range_reply(reply, head(2, RequestType::range, 2),
                       {.records = {{"greeting", "hello", Revision{2}, Revision{2}, 1}}, .count = 1}, false);
    EXPECT_EQ(
        hex(reply),
        "9c 01 03 02 00 cd 6b 76 02 03 02 02 01 c2 91 96 c4 08 67 72 65 65 74 69 6e 67 c4 05 68 65 6c 6c 6f "
        "02 02 01 00");
}

TEST(ProtocolExamples, Remove) {
    EXPECT_EQ(request(3, 5000, Command{ClientId{0xc0ffee}, Sequence{2}, Sequence{2}, Delete{"gree", "gref"}}),
              "99 01 02 03 cd 13 88 ce 00 c0 ff ee 02 02 c4 04 67 72 65 65 c4 04 67 72 65 66");
    std::string reply;
    append_write_reply(reply, head(3, RequestType::remove, 3), {Code::ok, Revision{3}, 1});
    EXPECT_EQ(hex(reply), "9b 01 02 03 00 cd 6b 76 02 03 03 02 03 01");
}

TEST(ProtocolExamples, ARefusal) {
    std::string put;
    append_request(put, {4, 0, Command{{}, {}, {}, Put{"", "hello"}}});
    const auto bad = std::get<BadRequest>(RequestReader(put).next());
    std::string reply;
    append_error_reply(reply, head(4, RequestType::put, 3), bad.error.code, bad.error.message);
    EXPECT_EQ(hex(reply),
              "9a 01 01 04 03 cd 6b 76 02 03 03 02 d9 27 6b 65 79 3a 20 65 6d 70 74 79 2c 20 6d 75 73 74 20 "
              "68 61 76 "
              "65 20 61 74 20 6c 65 61 73 74 20 6f 6e 65 20 62 79 74 65");
}

TEST(ProtocolExamples, RangeAtARevision) {
    EXPECT_EQ(request(5, 0, RangeRequest{{.key = "greeting", .revision = Revision{2}}}),
              "9f 01 03 05 00 c4 08 67 72 65 65 74 69 6e 67 c4 00 00 00 02 00 00 00 00 00 00");
}

TEST(ProtocolExamples, Increment) {
    EXPECT_EQ(request(6, 5000, Command{ClientId{0xc0ffee}, Sequence{3}, Sequence{3}, Increment{"visits", 5}}),
              "99 01 07 06 cd 13 88 ce 00 c0 ff ee 03 03 c4 06 76 69 73 69 74 73 05");
    std::string reply;
    append_write_reply(reply, head(6, RequestType::increment, 4),
                       {.revision = Revision{4}, .answer = answer(machine::IncrementAnswer{5})});
    EXPECT_EQ(hex(reply), "9b 01 07 06 00 cd 6b 76 02 03 04 02 04 05");
}

TEST(ProtocolExamples, LeaseGrant) {
    EXPECT_EQ(request(7, 5000,
                      Command{ClientId{0xc0ffee}, Sequence{4}, Sequence{4},
                              LeaseGrant{LeaseId{}, std::chrono::seconds{30}}}),
              "99 01 09 07 cd 13 88 ce 00 c0 ff ee 04 04 00 cd 75 30");
    std::string reply;
    append_write_reply(reply, head(7, RequestType::lease_grant, 4),
                       {.revision = Revision{4},
                        .answer = answer(machine::LeaseAnswer{LeaseId{0x1ea5e}, std::chrono::seconds{30}})});
    EXPECT_EQ(hex(reply), "9c 01 09 07 00 cd 6b 76 02 03 04 02 04 ce 00 01 ea 5e cd 75 30");
}

// Take the lock when nobody has it, else tell who has.
TEST(ProtocolExamples, Transaction) {
    const machine::Txn txn{
        .compares = {{.key = "lock", .target = machine::CompareTarget::create, .number = 0}},
        .success = {{Put{.key = "lock", .value = "me", .lease = LeaseId{0x1ea5e}}}},
        .failure = {{machine::RangeQuery{.key = "lock"}}}};
    EXPECT_EQ(request(8, 5000, Command{ClientId{0xc0ffee}, Sequence{5}, Sequence{5}, txn}),
              "9a 01 08 08 cd 13 88 ce 00 c0 ff ee 05 05 91 95 c4 04 6c 6f 63 6b c4 00 01 00 00 91 96 01 c4 "
              "04 6c 6f 63 6b c4 02 6d 65 00 ce 00 01 ea 5e 00 91 95 03 c4 04 6c 6f 63 6b c4 00 00 00");
    std::string taken;
    append_write_reply(
        taken, head(8, RequestType::txn, 5),
        {.revision = Revision{5}, .answer = answer(machine::TxnAnswer{true, {{machine::PutAnswer{}}}})});
    EXPECT_EQ(hex(taken), "9c 01 08 08 00 cd 6b 76 02 03 05 02 05 c3 91 92 01 90");
    std::string held;
    const KeyValue lock{"lock", "you", Revision{3}, Revision{3}, 1, LeaseId{0xa11}};
    append_write_reply(
        held, head(8, RequestType::txn, 4),
        {.revision = Revision{4},
         .answer = answer(machine::TxnAnswer{false, {{machine::RangeAnswer{{lock}, 1, false}}}})});
    EXPECT_EQ(hex(held),
              "9c 01 08 08 00 cd 6b 76 02 03 04 02 04 c2 91 94 03 01 c2 91 96 c4 04 6c 6f 63 6b c4 03 79 6f "
              "75 03 03 01 cd 0a 11");
}

TEST(ProtocolExamples, Watch) {
    const WatchRequest watch{
        .key = "job/", .range_end = "job0", .from = Revision{6}, .no_delete = true, .bytes_max = 65536};
    EXPECT_EQ(request(9, 30'000, watch),
              "9a 01 0f 09 cd 75 30 c4 04 6a 6f 62 2f c4 04 6a 6f 62 30 06 00 08 ce 00 01 00 00");
    WatchReplyBuilder builder;
    builder.add({true, {"job/1", "sum", Revision{6}, Revision{6}, 1}, {}}, watch);
    std::string reply;
    builder.append_to(reply, head(9, RequestType::watch, 6), Revision{7}, 0);
    EXPECT_EQ(hex(reply),
              "9c 01 0f 09 00 cd 6b 76 02 03 06 02 07 00 91 92 01 96 c4 05 6a 6f 62 2f 31 c4 03 73 75 6d 06 "
              "06 01 00");
    std::string late;
    append_error_reply(late, head(9, RequestType::watch, 900), Code::compacted,
                       "from: 6 is compacted; the first that can be watched is 801", Revision{801});
    EXPECT_EQ(hex(late),
              "9b 01 0f 09 12 cd 6b 76 02 03 cd 03 84 02 d9 3a 66 72 6f 6d 3a 20 36 20 69 73 20 63 6f 6d 70 "
              "61 63 74 65 64 3b 20 74 68 65 20 66 69 72 73 74 20 74 68 61 74 20 63 61 6e 20 62 65 20 77 61 "
              "74 63 68 65 64 20 69 73 20 38 30 31 cd 03 21");
}

TEST(ProtocolExamples, Campaign) {
    EXPECT_EQ(
        request(10, 30'000,
                Command{ClientId{0xc0ffee}, Sequence{6}, Sequence{6},
                        Campaign{"printer", "me", LeaseId{0x1ea5e}}}),
        "9a 01 10 0a cd 75 30 ce 00 c0 ff ee 06 06 c4 07 70 72 69 6e 74 65 72 c4 02 6d 65 ce 00 01 ea 5e");
    std::string reply;
    append_write_reply(
        reply, head(10, RequestType::campaign, 7),
        {.revision = Revision{7}, .answer = answer(machine::CampaignAnswer{"printer/1ea5e", Revision{7}})});
    EXPECT_EQ(hex(reply),
              "9c 01 10 0a 00 cd 6b 76 02 03 07 02 07 c4 0d 70 72 69 6e 74 65 72 2f 31 65 61 35 65 07");
}

TEST(ProtocolExamples, Snapshot) {
    EXPECT_EQ(request(11, 10'000, SnapshotRequest{}), "95 01 11 0b cd 27 10 00");
    std::string not_yet;
    append_snapshot_reply(not_yet, head(11, RequestType::snapshot, 7), Index{42}, {});
    EXPECT_EQ(hex(not_yet), "9b 01 11 0b 00 cd 6b 76 02 03 07 02 2a c4 00");

    EXPECT_EQ(request(13, 0, SnapshotChunkRequest{{0xba5e, SnapshotSection::changes, 0}}),
              "97 01 12 0d 00 cd ba 5e 01 00");
    std::string chunk;
    append_snapshot_chunk_reply(chunk, head(13, RequestType::snapshot_chunk, 7),
                                {.found = true, .bytes = "\x92\x02\x90", .hash = 0xc0ffee});
    EXPECT_EQ(hex(chunk), "9c 01 12 0d 00 cd 6b 76 02 03 07 02 c3 c4 03 92 02 90 ce 00 c0 ff ee");
}

}  // namespace
}  // namespace kvbus::wire
