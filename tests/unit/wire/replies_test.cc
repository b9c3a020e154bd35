#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/client_frames.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::Outcome;
using machine::RangeResult;

ReplyHead head(RequestType type) {
    return {7, type, {ClusterId{11}, NodeId{12}, 13, Revision{14}, NodeId{15}}};
}

Reply read(std::string_view bytes) {
    ReplyReader reader(bytes);
    auto reply = reader.next();
    EXPECT_TRUE(reply.ok());
    EXPECT_TRUE(reader.done());
    return std::move(reply.value());
}

NodeStatus numbered_status() {
    return {.name = "n1",
            .version = "0.1.0",
            .role = "leader",
            .commit = 1,
            .applied = 2,
            .last = 3,
            .durable = 4,
            .state_hash = 5,
            .keys = 6,
            .bytes = 7,
            .sessions = 8,
            .disk_bytes = 9,
            .disk_free_bytes = 10,
            .cpu_us = 11,
            .rss_peak_bytes = 12,
            .uptime_ms = 13,
            .writes_applied = 14,
            .reads_served = 15,
            .bad_client_frames = 16,
            .bad_peer_frames = 17,
            .elections = 18,
            .disk_syncs = 19,
            .log_entries = 20,
            .loop_turns = 21,
            .client_frames_in = 22,
            .client_frames_out = 23,
            .peer_frames_in = 24,
            .peer_frames_out = 25,
            .bad_client_connections = 26,
            .bad_peer_connections = 27,
            .frames_dropped = 28,
            .wake_ups = 29,
            .loop_busy_permille = 30,
            .history_bytes = 31,
            .compacted = 32,
            .leases = 33,
            .watches = 34,
            .campaigns = 35,
            .log_start = 36,
            .snapshot_index = 37,
            .snapshot_bytes = 38,
            .snapshots_installed = 39,
            .memory_bytes = 40,
            .memory_limit_bytes = 41,
            .alarms = {{"MEMORY", std::chrono::milliseconds{42}, "too much"},
                       {"CORRUPT", std::chrono::milliseconds{43}, "differs"}}};
}

std::string error_reply(Code code, std::string_view message) {
    std::string out;
    append_error_reply(out, head(RequestType::put), code, message);
    return out;
}

std::string write_reply(const Outcome& outcome) {
    std::string out;
    append_write_reply(out, head(RequestType::remove), outcome);
    return out;
}

std::string range_reply(RangeResult result, bool keys_only, bool more) {
    result.more = more;
    std::string out;
    append_range_reply(out, head(RequestType::range), result, keys_only);
    return out;
}

std::string status_reply() {
    std::string out;
    append_status_reply(out, head(RequestType::status), numbered_status());
    return out;
}

std::string members_reply(const std::vector<Member>& members) {
    std::string out;
    append_members_reply(out, head(RequestType::members), members);
    return out;
}

const RangeResult two_records{.records = {{"a", "1", Revision{21}, Revision{22}, 23, LeaseId{24}},
                                          {"b", "2", Revision{31}, Revision{32}, 33}},
                              .count = 5};

TEST(Replies, OnTheWire) {
    EXPECT_EQ(oracle::read(error_reply(Code::unavailable, "no leader")),
              "[1 1 7 6 11 12 13 14 15 \"no leader\"]");
    EXPECT_EQ(oracle::read(write_reply({Code::ok, Revision{14}, 2})), "[1 2 7 0 11 12 13 14 15 14 2]");
    EXPECT_EQ(oracle::read(range_reply(two_records, false, true)),
              "[1 3 7 0 11 12 13 14 15 5 true [['a' '1' 21 22 23 24] ['b' '2' 31 32 33 0]]]");
    EXPECT_EQ(oracle::read(range_reply(two_records, true, false)),
              "[1 3 7 0 11 12 13 14 15 5 false [['a' '' 21 22 23 24] ['b' '' 31 32 33 0]]]");
    EXPECT_EQ(oracle::read(status_reply()),
              "[1 4 7 0 11 12 13 14 15 [\"n1\" \"0.1.0\" \"leader\" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "
              "17 18 19 20 "
              "21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 "
              "[[\"MEMORY\" 42 \"too much\"] [\"CORRUPT\" 43 \"differs\"]]]]");
    EXPECT_EQ(oracle::read(
                  members_reply({{NodeId{1}, "n1", "tcp://p", "tcp://c"}, {NodeId{2}, "n2", "tcp://q", ""}})),
              "[1 5 7 0 11 12 13 14 15 [[1 \"n1\" \"tcp://p\" \"tcp://c\"] [2 \"n2\" \"tcp://q\" \"\"]]]");
}

TEST(Replies, TheHeadReadsBack) {
    const Reply reply = read(write_reply({Code::ok, Revision{14}, 2}));
    EXPECT_EQ(reply.head.id, 7U);
    EXPECT_EQ(reply.head.type, RequestType::remove);
    EXPECT_EQ(reply.head.header.cluster, ClusterId{11});
    EXPECT_EQ(reply.head.header.node, NodeId{12});
    EXPECT_EQ(reply.head.header.term, 13U);
    EXPECT_EQ(reply.head.header.revision, Revision{14});
    EXPECT_EQ(reply.head.header.leader, NodeId{15});
}

TEST(Replies, BodiesReadBack) {
    EXPECT_EQ(std::get<Outcome>(read(write_reply({Code::ok, Revision{9}, 2})).body),
              (Outcome{Code::ok, Revision{9}, 2}));

    const auto error = std::get<Error>(read(error_reply(Code::no_space, "full")).body);
    EXPECT_EQ(error.code, Code::no_space);
    EXPECT_EQ(error.message, "full");

    const auto range = std::get<machine::RangeAnswer>(read(range_reply(two_records, false, true)).body);
    EXPECT_EQ(range.count, 5U);
    EXPECT_TRUE(range.more);
    ASSERT_EQ(range.kvs.size(), 2U);
    EXPECT_EQ(range.kvs[1].key, "b");
    EXPECT_EQ(range.kvs[1].value, "2");
    EXPECT_EQ(range.kvs[1].create_revision, Revision{31});
    EXPECT_EQ(range.kvs[1].mod_revision, Revision{32});
    EXPECT_EQ(range.kvs[1].version, 33U);
    EXPECT_EQ(range.kvs[0].lease, LeaseId{24});
    EXPECT_EQ(range.kvs[1].lease, LeaseId{});

    const auto members =
        std::get<std::vector<Member>>(read(members_reply({{NodeId{1}, "n", "p", "c"}})).body);
    ASSERT_EQ(members.size(), 1U);
    EXPECT_EQ(members[0].id, NodeId{1});
    EXPECT_EQ(members[0].name + members[0].peer_url + members[0].client_url, "npc");
}

TEST(Replies, StatusReadsBackFieldByField) {
    const auto status = std::get<NodeStatus>(read(status_reply()).body);
    std::string again;
    append_status_reply(again, head(RequestType::status), status);
    EXPECT_EQ(again, status_reply());
    EXPECT_EQ(status.role, "leader");
    EXPECT_EQ(status.state_hash, 5U);
    EXPECT_EQ(status.peer_frames_out, 25U);
    EXPECT_EQ(status.loop_busy_permille, 30U);
    EXPECT_EQ(status.history_bytes, 31U);
    EXPECT_EQ(status.compacted, 32U);
    EXPECT_EQ(status.leases, 33U);
    EXPECT_EQ(status.watches, 34U);
    EXPECT_EQ(status.campaigns, 35U);
    EXPECT_EQ(status.log_start, 36U);
    EXPECT_EQ(status.snapshot_index, 37U);
    EXPECT_EQ(status.snapshot_bytes, 38U);
    EXPECT_EQ(status.snapshots_installed, 39U);
    EXPECT_EQ(status.memory_bytes, 40U);
    EXPECT_EQ(status.memory_limit_bytes, 41U);
    EXPECT_EQ(status.alarms, numbered_status().alarms);
}

TEST(Replies, AlarmsHaveLimits) {
    const auto read_with = [](const std::vector<Alarm>& alarms) {
        NodeStatus status = numbered_status();
        status.alarms = alarms;
        std::string bytes;
        append_status_reply(bytes, head(RequestType::status), status);
        return ReplyReader(bytes).next();
    };
    const Alarm alarm{"MEMORY", {}, "m"};
    EXPECT_TRUE(read_with(std::vector(limits::alarms_max, alarm)).ok());
    EXPECT_FALSE(read_with(std::vector(limits::alarms_max + 1, alarm)).ok());
    EXPECT_FALSE(read_with({{std::string(limits::name_bytes_max + 1, 'x'), {}, ""}}).ok());
    const auto cut = read_with({{"MEMORY", {}, std::string(limits::message_bytes_max + 1, 'x')}});
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(std::get<NodeStatus>(cut->body).alarms[0].message.size(), limits::message_bytes_max);
}

TEST(Replies, OfAnOlderNodeHaveFewerStatusFields) {
    const std::string bytes = oracle::write([](auto& packer) {
        packer.pack_array(10);
        for (const int number : {1, 4, 7, 0, 11, 12, 13, 14, 15})
            packer.pack(number);
        packer.pack_array(4);
        for (const char* text : {"n1", "0.0.9", "follower"})
            packer.pack(text);
        packer.pack(77);
    });
    const auto status = std::get<NodeStatus>(read(bytes).body);
    EXPECT_EQ(status.role, "follower");
    EXPECT_EQ(status.commit, 77U);
    EXPECT_EQ(status.applied, 0U);
}

TEST(Replies, MessagesAreCutToTheirLimit) {
    const std::string long_message(limits::message_bytes_max + 1, 'x');
    const auto error = std::get<Error>(read(error_reply(Code::internal, long_message)).body);
    EXPECT_EQ(error.message.size(), limits::message_bytes_max);
}

TEST(Replies, SeveralShareABody) {
    const std::string bytes =
        write_reply({Code::ok, Revision{9}, 0}) + status_reply() + error_reply(Code::timeout, "");
    ReplyReader reader(bytes);
    EXPECT_EQ(reader.next()->head.type, RequestType::remove);
    EXPECT_EQ(reader.next()->head.type, RequestType::status);
    EXPECT_EQ(std::get<Error>(reader.next()->body).code, Code::timeout);
    EXPECT_TRUE(reader.done());
}

TEST(Replies, ACodeOfALaterVersionIsAnErrorStill) {
    const std::string bytes = oracle::write([](auto& packer) {
        packer.pack_array(10);
        for (const int number : {1, 1, 7, 200, 11, 12, 13, 14, 15})
            packer.pack(number);
        packer.pack("something new");
    });
    const auto error = std::get<Error>(read(bytes).body);
    EXPECT_EQ(error.code, Code::internal);
    EXPECT_EQ(error.message, "something new");
}

TEST(Replies, ToAnUnreadableRequestHaveNoType) {
    std::string bytes;
    append_error_reply(bytes, {7, unknown_type, {}}, Code::unsupported, "type: 9");
    EXPECT_EQ(read(bytes).head.type, unknown_type);
}

TEST(Replies, OfAnotherProtocolAreRefused) {
    std::string bytes = write_reply({Code::ok, Revision{9}, 2});
    bytes[1] = 2;  // the version
    ReplyReader reader(bytes);
    const auto reply = reader.next();
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code, Code::malformed);
    EXPECT_TRUE(reader.done());
}

TEST(Replies, EveryTruncationIsRefused) {
    for (const std::string& bytes :
         {error_reply(Code::timeout, "late"), write_reply({Code::ok, Revision{9}, 2}),
          range_reply(two_records, false, true), status_reply(),
          members_reply({{NodeId{1}, "n", "p", "c"}})}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            ReplyReader reader(std::string_view(bytes).substr(0, size));
            EXPECT_FALSE(reader.next().ok()) << size;
            EXPECT_TRUE(reader.done());
        }
    }
}

}  // namespace
}  // namespace kvbus::wire
