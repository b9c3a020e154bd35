// What commands answer, in replies to clients and in frames between nodes.
#include <chrono>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/client_frames.h"
#include "wire/limits.h"
#include "wire/peer_frames.h"

namespace kvbus::wire {
namespace {

using namespace std::chrono_literals;
using machine::Answer;
using machine::AppendAnswer;
using machine::CampaignAnswer;
using machine::DeleteAnswer;
using machine::IncrementAnswer;
using machine::LeaseAnswer;
using machine::Outcome;
using machine::PutAnswer;
using machine::RangeAnswer;
using machine::TxnAnswer;

struct AnswerExample {
    Answer answer;
    std::string wire;  // as an answer
    RequestType type;
    std::string reply;  // after the revision, which is 14
};

KeyValue record(std::string key) {
    return {std::move(key), "v", Revision{21}, Revision{22}, 23, LeaseId{24}};
}

TxnAnswer every_answer() {
    return {true,
            {{PutAnswer{}},
             {PutAnswer{{record("a")}}},
             {DeleteAnswer{1, {record("b")}}},
             {AppendAnswer{31}},
             {IncrementAnswer{-32}},
             {RangeAnswer{{record("c")}, 33, true}},
             {TxnAnswer{false, {{IncrementAnswer{34}}}}},
             {TxnAnswer{}}}};
}

std::vector<AnswerExample> answer_examples() {
    using Type = RequestType;
    return {
        {{PutAnswer{}}, "[1 []]", Type::put, "0 []"},
        {{PutAnswer{{record("k")}}}, "[1 [['k' 'v' 21 22 23 24]]]", Type::put, "0 [['k' 'v' 21 22 23 24]]"},
        {{DeleteAnswer{2, {record("a"), record("b")}}},
         "[2 2 [['a' 'v' 21 22 23 24] ['b' 'v' 21 22 23 24]]]",
         Type::remove,
         "2 [['a' 'v' 21 22 23 24] ['b' 'v' 21 22 23 24]]"},
        {{AppendAnswer{31}}, "[6 31]", Type::append, "31"},
        {{IncrementAnswer{std::numeric_limits<std::int64_t>::min()}},
         "[7 -9223372036854775808]",
         Type::increment,
         "-9223372036854775808"},
        {{every_answer()},
         "[8 true [[1 []] [1 [['a' 'v' 21 22 23 24]]] [2 1 [['b' 'v' 21 22 23 24]]] [6 31] [7 -32] "
         "[3 33 true [['c' 'v' 21 22 23 24]]] [8 false [[7 34]]] [8 false []]]]",
         Type::txn,
         "true [[1 []] [1 [['a' 'v' 21 22 23 24]]] [2 1 [['b' 'v' 21 22 23 24]]] [6 31] [7 -32] "
         "[3 33 true [['c' 'v' 21 22 23 24]]] [8 false [[7 34]]] [8 false []]]"},
        {{LeaseAnswer{LeaseId{41}, 42ms}}, "[9 41 42]", Type::lease_grant, "41 42"},
        {{LeaseAnswer{LeaseId{41}, 42ms}}, "[9 41 42]", Type::lease_keep_alive, "41 42"},
        {{CampaignAnswer{"n/29", Revision{43}}}, "[16 'n/29' 43]", Type::campaign, "'n/29' 43"},
    };
}

Outcome outcome_of(const Answer& answer) {
    Outcome outcome{.revision = Revision{14}, .answer = std::make_shared<const Answer>(answer)};
    if (const auto* remove = std::get_if<DeleteAnswer>(&answer.body)) outcome.deleted = remove->deleted;
    return outcome;
}

ReplyHead head(RequestType type) {
    return {7, type, {ClusterId{1}, NodeId{2}, 3, Revision{4}, NodeId{5}}};
}

std::string reply_of(RequestType type, const Outcome& outcome) {
    std::string out;
    append_write_reply(out, head(type), outcome);
    return out;
}

std::string forward_reply(const Outcome& outcome) {
    return encode_peer_frame({ClusterId{1}, {}, NodeId{2}, NodeId{3}}, ForwardReply{{{4, outcome, ""}}});
}

Result<Reply> read(std::string_view bytes) {
    return ReplyReader(bytes).next();
}

TEST(Answers, OnTheWire) {
    for (const auto& [answer, wire, type, reply] : answer_examples()) {
        EXPECT_EQ(oracle::read(reply_of(type, outcome_of(answer))),
                  "[1 " + std::to_string(static_cast<int>(type)) + " 7 0 1 2 3 4 5 14 " + reply + "]");
        const std::string deleted = std::to_string(outcome_of(answer).deleted);
        EXPECT_EQ(oracle::read(forward_reply(outcome_of(answer))),
                  "[1 1 0 2 3 11 [[4 0 14 " + deleted + " \"\" " + wire + "]]]");
    }
}

TEST(Answers, ReadBack) {
    for (const AnswerExample& example : answer_examples()) {
        const Outcome sent = outcome_of(example.answer);
        const auto reply = read(reply_of(example.type, sent));
        ASSERT_TRUE(reply.ok()) << example.wire;
        EXPECT_EQ(std::get<Outcome>(reply->body), sent) << example.wire;

        const auto frame = decode_peer_frame(forward_reply(sent));
        ASSERT_TRUE(frame.ok()) << example.wire;
        EXPECT_EQ(std::get<ForwardReply>(frame->body).outcomes.at(0).outcome, sent) << example.wire;
    }
}

TEST(Answers, ThatAreTheRevisionOnly) {
    for (const RequestType type : {RequestType::lease_revoke, RequestType::compact}) {
        const std::string bytes = reply_of(type, {.revision = Revision{14}});
        EXPECT_EQ(oracle::read(bytes), "[1 " + std::to_string(static_cast<int>(type)) + " 7 0 1 2 3 4 5 14]");
        EXPECT_EQ(std::get<Outcome>(read(bytes)->body), (Outcome{.revision = Revision{14}}));
    }
}

TEST(Answers, AboutSnapshots) {
    std::string taken;
    append_snapshot_reply(taken, head(RequestType::snapshot), Index{5}, "manifest");
    EXPECT_EQ(oracle::read(taken), "[1 17 7 0 1 2 3 4 5 5 'manifest']");
    const auto read_taken = std::get<SnapshotReply>(read(taken)->body);
    EXPECT_EQ(read_taken.at_least, Index{5});
    EXPECT_EQ(read_taken.manifest, "manifest");

    std::string chunk;
    append_snapshot_chunk_reply(chunk, head(RequestType::snapshot_chunk),
                                {.found = true, .bytes = "bytes", .hash = 6});
    EXPECT_EQ(oracle::read(chunk), "[1 18 7 0 1 2 3 4 5 true 'bytes' 6]");
    const auto read_chunk = std::get<SnapshotChunkReply>(read(chunk)->body);
    EXPECT_TRUE(read_chunk.found);
    EXPECT_EQ(read_chunk.bytes, "bytes");
    EXPECT_EQ(read_chunk.hash, 6U);

    for (const std::string& bytes : {taken, chunk}) {
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(read(std::string_view(bytes).substr(0, size)).ok());
    }
}

TEST(Answers, AboutLeases) {
    std::string status;
    append_lease_status_reply(status, head(RequestType::lease_status), {LeaseId{5}, 6ms, 7ms, {"a", "b"}});
    EXPECT_EQ(oracle::read(status), "[1 13 7 0 1 2 3 4 5 5 6 7 ['a' 'b']]");
    const auto read_status = std::get<LeaseStatusReply>(read(status)->body);
    EXPECT_EQ(read_status.lease, LeaseId{5});
    EXPECT_EQ(read_status.granted, 6ms);
    EXPECT_EQ(read_status.left, 7ms);
    EXPECT_EQ(read_status.keys, (std::vector<std::string>{"a", "b"}));

    std::string leases;
    const std::vector<LeaseId> ids{LeaseId{8}, LeaseId{~std::uint64_t{0}}};
    append_leases_reply(leases, head(RequestType::leases), ids);
    EXPECT_EQ(oracle::read(leases), "[1 14 7 0 1 2 3 4 5 [8 18446744073709551615]]");
    EXPECT_EQ(std::get<std::vector<LeaseId>>(read(leases)->body), ids);

    for (const std::string& bytes : {status, leases}) {
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(read(std::string_view(bytes).substr(0, size)).ok());
        for (const std::string& damaged : oracle::edited(bytes, oracle::Edit::as_map))
            EXPECT_FALSE(read(damaged).ok()) << oracle::read(damaged);
    }
}

TEST(Answers, ToAWatch) {
    const machine::Record before{"k", "old", Revision{21}, Revision{22}, 1, LeaseId{5}};
    const machine::Record after{"k", "new", Revision{21}, Revision{23}, 2};
    const machine::Event put{true, after, before};
    const machine::Event removal{false, {.key = "k", .mod_revision = Revision{24}}, after};
    const auto reply = [&](const WatchRequest& request) {
        WatchReplyBuilder builder;
        builder.add(put, request);
        builder.add(removal, request);
        EXPECT_EQ(builder.events(), 2U);
        std::string out;
        builder.append_to(out, head(RequestType::watch), Revision{24}, 1);
        return out;
    };
    EXPECT_EQ(oracle::read(reply({})),
              "[1 15 7 0 1 2 3 4 5 24 1 [[1 ['k' 'new' 21 23 2 0]] [2 ['k' '' 0 24 0 0]]]]");
    EXPECT_EQ(oracle::read(reply({.keys_only = true})),
              "[1 15 7 0 1 2 3 4 5 24 1 [[1 ['k' '' 21 23 2 0]] [2 ['k' '' 0 24 0 0]]]]");
    EXPECT_EQ(oracle::read(reply({.prev_kv = true, .keys_only = true})),
              "[1 15 7 0 1 2 3 4 5 24 1 [[1 ['k' '' 21 23 2 0] ['k' '' 21 22 1 5]] "
              "[2 ['k' '' 0 24 0 0] ['k' '' 21 23 2 0]]]]");

    const std::string bytes = reply({.prev_kv = true});
    const auto watch = std::get<WatchReply>(read(bytes)->body);
    EXPECT_EQ(watch.next, Revision{24});
    EXPECT_EQ(watch.next_offset, 1U);
    ASSERT_EQ(watch.events.size(), 2U);
    EXPECT_TRUE(watch.events[0].is_put);
    EXPECT_EQ(watch.events[0].kv, owned(after));
    EXPECT_EQ(watch.events[0].previous, owned(before));
    EXPECT_FALSE(watch.events[1].is_put);
    EXPECT_EQ(watch.events[1].kv.mod_revision, Revision{24});
    EXPECT_EQ(watch.events[1].previous, owned(after));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(read(std::string_view(bytes).substr(0, size)).ok());
    for (const std::string& damaged : oracle::edited(bytes, oracle::Edit::as_map))
        EXPECT_FALSE(read(damaged).ok()) << oracle::read(damaged);

    std::string empty;
    WatchReplyBuilder{}.append_to(empty, head(RequestType::watch), Revision{5}, 0);
    EXPECT_EQ(oracle::read(empty), "[1 15 7 0 1 2 3 4 5 5 0 []]");
}

TEST(Answers, WithCompactedNameTheFirstRevisionThereIs) {
    std::string bytes;
    append_error_reply(bytes, head(RequestType::watch), Code::compacted, "revision: gone", Revision{9});
    EXPECT_EQ(oracle::read(bytes), "[1 15 7 18 1 2 3 4 5 \"revision: gone\" 9]");
    EXPECT_EQ(std::get<Error>(read(bytes)->body).first_revision, 9U);
    std::string without;
    append_error_reply(without, head(RequestType::watch), Code::compacted, "");
    EXPECT_EQ(oracle::read(without), "[1 15 7 18 1 2 3 4 5 \"\"]");
    EXPECT_EQ(std::get<Error>(read(without)->body).first_revision, 0U);
}

TEST(Answers, DamagedOnesAreRefused) {
    for (const AnswerExample& example : answer_examples()) {
        const std::string reply = reply_of(example.type, outcome_of(example.answer));
        const std::string frame = forward_reply(outcome_of(example.answer));
        for (std::size_t size = 0; size < reply.size(); ++size)
            EXPECT_FALSE(read(std::string_view(reply).substr(0, size)).ok());
        for (std::size_t size = 0; size < frame.size(); ++size)
            EXPECT_FALSE(decode_peer_frame(std::string_view(frame).substr(0, size)).ok());
        for (const std::string& damaged : oracle::edited(reply, oracle::Edit::as_map))
            EXPECT_FALSE(read(damaged).ok()) << oracle::read(damaged);
        for (const std::string& damaged : oracle::edited(frame, oracle::Edit::as_map))
            EXPECT_FALSE(decode_peer_frame(damaged).ok()) << oracle::read(damaged);
    }
}

TEST(Answers, OfALaterVersionAreReadWithoutWhatIsNew) {
    const Outcome sent = outcome_of({IncrementAnswer{5}});
    const auto longer = oracle::edited(forward_reply(sent), oracle::Edit::one_more);
    const auto frame = decode_peer_frame(longer.back());  // of the innermost array
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(std::get<ForwardReply>(frame->body).outcomes.at(0).outcome, sent);

    const auto reply =
        read(oracle::edited(reply_of(RequestType::increment, sent), oracle::Edit::one_more)[0]);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(std::get<Outcome>(reply->body), sent);
}

TEST(Answers, RecordsOfAnOlderNodeHaveNoLease) {
    const std::string bytes = oracle::write([](auto& packer) {
        packer.pack_array(12);
        for (const int number : {1, 3, 7, 0, 11, 12, 13, 14, 15, 1})
            packer.pack(number);
        packer.pack(false);
        packer.pack_array(1);
        packer.pack(std::make_tuple("k", "v", 1, 2, 3));
    });
    const auto range = std::get<RangeAnswer>(read(bytes)->body);
    ASSERT_EQ(range.kvs.size(), 1U);
    EXPECT_EQ(range.kvs[0], (KeyValue{"k", "v", Revision{1}, Revision{2}, 3, LeaseId{}}));
}

// A client that gives one sequence to two writes gets the outcome of the first for the second. It must not
// take the node down with it.
TEST(Answers, OfAnotherKindOfWriteAreAnErrorOfTheClient) {
    const std::initializer_list<std::pair<RequestType, Outcome>> table = {
        {RequestType::increment, {.revision = Revision{14}}},
        {RequestType::append, outcome_of({IncrementAnswer{5}})},
        {RequestType::txn, outcome_of({PutAnswer{}})},
        {RequestType::lease_grant, outcome_of({TxnAnswer{}})},
        {RequestType::campaign, outcome_of({TxnAnswer{}})},
        {RequestType::put, outcome_of({DeleteAnswer{}})},
        {RequestType::remove, outcome_of({PutAnswer{}})},
    };
    for (const auto& [type, outcome] : table) {
        const auto reply = read(reply_of(type, outcome));
        ASSERT_TRUE(reply.ok());
        EXPECT_EQ(reply->head.type, type);
        EXPECT_EQ(std::get<Error>(reply->body).code, Code::invalid_argument);
    }
}

TEST(Answers, WithARefusalAreRefused) {
    Outcome outcome = outcome_of({IncrementAnswer{5}});
    outcome.code = Code::overflow;
    EXPECT_FALSE(decode_peer_frame(forward_reply(outcome)).ok());
}

TEST(Answers, AreNestedNoDeeperAndNoMoreThanTheirTransactions) {
    const auto nested = [](std::size_t levels) {
        TxnAnswer answer;
        for (; levels > 1; --levels)
            answer = TxnAnswer{true, {{std::move(answer)}}};
        return outcome_of({answer});
    };
    EXPECT_TRUE(decode_peer_frame(forward_reply(nested(limits::txn_depth_max))).ok());
    EXPECT_FALSE(decode_peer_frame(forward_reply(nested(limits::txn_depth_max + 1))).ok());
    EXPECT_TRUE(read(reply_of(RequestType::txn, nested(limits::txn_depth_max))).ok());
    EXPECT_FALSE(read(reply_of(RequestType::txn, nested(limits::txn_depth_max + 1))).ok());

    const auto wide = [](std::size_t answers) {
        return outcome_of({TxnAnswer{true, std::vector(answers, Answer{AppendAnswer{1}})}});
    };
    EXPECT_TRUE(read(reply_of(RequestType::txn, wide(limits::txn_parts_max))).ok());
    EXPECT_FALSE(read(reply_of(RequestType::txn, wide(limits::txn_parts_max + 1))).ok());
}

TEST(Answers, TakeNoMoreThanWasForeseen) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const KeyValue large{"", "", Revision{most}, Revision{most}, most, LeaseId{most}};
    const Answer answer{TxnAnswer{true,
                                  {{PutAnswer{{large}}},
                                   {DeleteAnswer{most, {large, large}}},
                                   {RangeAnswer{std::vector(100, large), most, true}},
                                   {IncrementAnswer{std::numeric_limits<std::int64_t>::min()}},
                                   {LeaseAnswer{LeaseId{most}, std::chrono::milliseconds::min()}}}}};
    const std::size_t around = forward_reply({}).size() + reply_of(RequestType::put, {}).size();
    EXPECT_LE(forward_reply(outcome_of(answer)).size(), around + answer_bytes_max(answer));
    EXPECT_LE(reply_of(RequestType::txn, outcome_of(answer)).size(), around + answer_bytes_max(answer));
}

TEST(Answers, CodesOfEveryKindGoOverTheWire) {
    for (int number = 1; number <= static_cast<int>(Code::duplicate_key); ++number) {
        std::string out;
        append_error_reply(out, head(RequestType::txn), static_cast<Code>(number), "message");
        EXPECT_EQ(std::get<Error>(read(out)->body).code, static_cast<Code>(number));
        const auto frame = decode_peer_frame(forward_reply({.code = static_cast<Code>(number)}));
        EXPECT_EQ(std::get<ForwardReply>(frame->body).outcomes.at(0).outcome.code, static_cast<Code>(number));
    }
}

}  // namespace
}  // namespace kvbus::wire
