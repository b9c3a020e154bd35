#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/client_frames.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::Command;
using machine::Delete;
using machine::Put;
using ::testing::HasSubstr;

std::string encoded(const Request& request) {
    std::string out;
    append_request(out, request);
    return out;
}

Request put_request(std::string_view key, std::string_view value, ClientId client = {},
                    std::uint64_t sequence = 0, std::uint64_t first_unanswered = 0) {
    return {7, 5000, Command{client, Sequence{sequence}, Sequence{first_unanswered}, Put{key, value}}};
}

Request accepted(std::string_view bytes) {
    auto result = RequestReader(bytes).next();
    EXPECT_TRUE(std::holds_alternative<Request>(result)) << std::get<BadRequest>(result).error.message;
    return std::get<Request>(std::move(result));
}

BadRequest refused(std::string_view bytes) {
    auto result = RequestReader(bytes).next();
    EXPECT_TRUE(std::holds_alternative<BadRequest>(result));
    return std::get<BadRequest>(std::move(result));
}

// An array as another client would write it; numbers and text only.
template <class... Values>
std::string array(const Values&... values) {
    return oracle::write([&](auto& packer) {
        packer.pack_array(sizeof...(values));
        (packer.pack(values), ...);
    });
}

TEST(Requests, OnTheWire) {
    EXPECT_EQ(oracle::read(encoded(put_request("key", "value", ClientId{11}, 13, 12))),
              "[1 1 7 5000 11 13 12 'key' 'value']");
    EXPECT_EQ(
        oracle::read(encoded({7, 5000, Command{ClientId{11}, Sequence{13}, Sequence{12}, Delete{"a", "b"}}})),
        "[1 2 7 5000 11 13 12 'a' 'b']");
    EXPECT_EQ(oracle::read(encoded({7, 0, RangeRequest{{.key = "a", .range_end = "b", .limit = 10}}})),
              "[1 3 7 0 'a' 'b' 10 0]");
    EXPECT_EQ(oracle::read(encoded({7, 0, RangeRequest{{.key = "a"}, true}})), "[1 3 7 0 'a' '' 0 1]");
    EXPECT_EQ(oracle::read(encoded({7, 0, RangeRequest{{.key = "a", .keys_only = true}}})),
              "[1 3 7 0 'a' '' 0 2]");
    EXPECT_EQ(oracle::read(encoded({7, 0, RangeRequest{{.key = "a", .count_only = true}}})),
              "[1 3 7 0 'a' '' 0 4]");
    EXPECT_EQ(oracle::read(encoded({7, 0, StatusRequest{}})), "[1 4 7 0]");
    EXPECT_EQ(oracle::read(encoded({7, 0, MembersRequest{}})), "[1 5 7 0]");
}

TEST(Requests, PutReadsBack) {
    const std::string bytes = encoded(put_request("key", "value", ClientId{11}, 13, 12));
    const Request request = accepted(bytes);
    EXPECT_EQ(request.id, 7U);
    EXPECT_EQ(request.timeout_ms, 5000U);
    const auto& command = std::get<Command>(request.body);
    EXPECT_EQ(command.client, ClientId{11});
    EXPECT_EQ(command.sequence, Sequence{13});
    EXPECT_EQ(command.first_unanswered, Sequence{12});
    EXPECT_EQ(std::get<Put>(command.operation).key, "key");
    EXPECT_EQ(std::get<Put>(command.operation).value, "value");
}

TEST(Requests, RangeReadsBack) {
    const std::string bytes = encoded(
        {7, 0,
         RangeRequest{{.key = "a", .range_end = "b", .limit = 10, .keys_only = true, .count_only = true},
                      true}});
    const auto range = std::get<RangeRequest>(accepted(bytes).body);
    EXPECT_EQ(range.query.key, "a");
    EXPECT_EQ(range.query.range_end, "b");
    EXPECT_EQ(range.query.limit, 10U);
    EXPECT_TRUE(range.serializable && range.query.keys_only && range.query.count_only);
}

TEST(Requests, KeysAndValuesAreViewsIntoTheBody) {
    const std::string bytes = encoded(put_request("key", "value"));
    const Request request = accepted(bytes);
    const auto& put = std::get<Put>(std::get<Command>(request.body).operation);
    EXPECT_GE(put.key.data(), bytes.data());
    EXPECT_LE(put.value.data() + put.value.size(), bytes.data() + bytes.size());
}

TEST(Requests, SeveralShareABody) {
    const std::string bytes = encoded(put_request("a", "1")) + encoded({8, 0, RangeRequest{{.key = "b"}}}) +
                              encoded({9, 0, StatusRequest{}});
    RequestReader reader(bytes);
    std::vector<std::uint64_t> ids;
    while (!reader.done())
        ids.push_back(std::get<Request>(reader.next()).id);
    EXPECT_EQ(ids, (std::vector<std::uint64_t>{7, 8, 9}));
}

TEST(Requests, TextPassesForBytesAndOptionalFieldsMayBeMissing) {
    const std::string get = array(1, 3, 7, 0, "key");
    const auto range = std::get<RangeRequest>(accepted(get).body);
    EXPECT_EQ(range.query.key, "key");
    EXPECT_EQ(range.query.range_end, "");
    EXPECT_EQ(range.query.limit, 0U);
    EXPECT_FALSE(range.serializable || range.query.keys_only || range.query.count_only);

    const std::string remove = array(1, 2, 7, 0, 0, 0, 0, "key");
    EXPECT_EQ(std::get<Delete>(std::get<Command>(accepted(remove).body).operation).range_end, "");
}

TEST(Requests, FieldsOfALaterVersionAreSkipped) {
    const std::string bytes = array(1, 4, 7, 0, "new", std::vector<int>{1, 2}) + array(1, 5, 8, 0);
    RequestReader reader(bytes);
    EXPECT_TRUE(std::holds_alternative<StatusRequest>(std::get<Request>(reader.next()).body));
    EXPECT_TRUE(std::holds_alternative<MembersRequest>(std::get<Request>(reader.next()).body));
    EXPECT_TRUE(reader.done());
}

TEST(Requests, WithoutAClientTheSequenceMeansNothing) {
    const auto command = std::get<Command>(accepted(encoded(put_request("k", "v", ClientId{}, 5, 9))).body);
    EXPECT_EQ(command.sequence, Sequence{});
    EXPECT_EQ(command.first_unanswered, Sequence{});
}

TEST(Requests, LimitsAreInclusive) {
    const std::string key(limits::key_bytes_max, 'k');
    const std::string value(limits::value_bytes_max, 'v');
    accepted(encoded(put_request(key, value)));
    accepted(encoded({7, 0, RangeRequest{{.key = key, .range_end = key}}}));
}

struct Refusal {
    std::string bytes;
    Code code;
    std::string message;
};

TEST(Requests, AreRefusedWithTheFieldAndTheLimit) {
    const std::string key(limits::key_bytes_max + 1, 'k');
    const std::string value(limits::value_bytes_max + 1, 'v');
    const std::string extra(limits::request_bytes_max, 'x');
    const std::initializer_list<Refusal> table = {
        {encoded(put_request(key, "v")), Code::too_large, "key: 32769 bytes, at most 32768"},
        {encoded(put_request("k", value)), Code::too_large, "value: 1048577 bytes, at most 1048576"},
        {encoded(put_request("", "v")), Code::invalid_argument, "key: empty"},
        {encoded(put_request("k", "v", ClientId{1}, 0, 0)), Code::invalid_argument, "sequence: 0"},
        {encoded(put_request("k", "v", ClientId{1}, 5, 0)), Code::invalid_argument, "first_unanswered: 0"},
        {encoded(put_request("k", "v", ClientId{1}, 5, 6)), Code::invalid_argument, "first_unanswered: 6"},
        {encoded({7, 0, Command{{}, {}, {}, Delete{"", ""}}}), Code::invalid_argument, "key: empty"},
        {encoded({7, 0, Command{{}, {}, {}, Delete{"k", key}}}), Code::too_large, "range_end: 32769 bytes"},
        {encoded({7, 0, RangeRequest{{.key = ""}}}), Code::invalid_argument, "key: empty"},
        {encoded({7, 0, RangeRequest{{.key = key}}}), Code::too_large, "key: 32769 bytes"},
        {encoded({7, 0, RangeRequest{{.key = "k", .range_end = key}}}), Code::too_large,
         "range_end: 32769 bytes"},
        {array(1, 3, 7, 0, "k", "", 0, 8), Code::unsupported, "options: 8"},
        {array(1, 4, 7, 0, extra), Code::too_large, "request: 1572"},
        {array(2, 1, 7, 0), Code::unsupported, "version: 2, this node speaks version 1"},
        {array(1, 0, 7, 0), Code::unsupported, "type: 0, this node knows"},
        {array(1, 19, 7, 0), Code::unsupported, "type: 19, this node knows"},
        {array(1, 1, 7), Code::malformed, "field 4, timeout_ms,"},
        {array(1, 1, 7, -1), Code::malformed, "field 4, timeout_ms,"},
        {array(1, 1, 7, 0, "x"), Code::malformed, "field 5, client_id,"},
        {array(1, 1, 7, 0, 0, 0, 0, "k"), Code::malformed, "field 9, value,"},
        {array(1, 2, 7, 0, 0, 0, 0, 5), Code::malformed, "field 8, key,"},
        {array(1, 2, 7, 0, 0, 0, 0, "k", 5), Code::malformed, "field 9, range_end,"},
        {array(1, 3, 7, 0, "k", "", "x"), Code::malformed, "field 7, limit,"},
        {array(1, 3, 7, 0, "k", "", 0, "x"), Code::malformed, "field 8, options,"},
    };
    for (const Refusal& expected : table) {
        const BadRequest bad = refused(expected.bytes);
        EXPECT_EQ(bad.error.code, expected.code) << bad.error.message;
        EXPECT_THAT(bad.error.message, HasSubstr(expected.message));
        EXPECT_EQ(bad.id, 7U) << expected.message;
    }
}

TEST(Requests, ARefusalKnowsTheTypeOnceItWasRead) {
    EXPECT_EQ(refused(array(1, 3, 7, 0)).type, RequestType::range);
    EXPECT_EQ(refused(array(1, 19, 7, 0)).type, std::nullopt);
    EXPECT_EQ(refused(array(1, 3)).type, std::nullopt);
}

TEST(Requests, WithoutAnIdThereIsNobodyToTell) {
    for (const std::string& bytes :
         {array(), array(1), array(1, 3), array(1, 3, "x"), array("x"), array(1, 3, -7)}) {
        const BadRequest bad = refused(bytes);
        EXPECT_EQ(bad.error.code, Code::malformed);
        EXPECT_EQ(bad.id, std::nullopt);
    }
}

TEST(Requests, ARefusedOneDoesNotHideTheNext) {
    for (const std::string& bad :
         {array(1, 3, 7), array(1, 15, 7, 0), array(2, 3, 7, 0), array(1, 1, 7, 0, 0, 0, 0, "")}) {
        const std::string bytes = bad + encoded({8, 0, StatusRequest{}});
        RequestReader reader(bytes);
        EXPECT_TRUE(std::holds_alternative<BadRequest>(reader.next()));
        EXPECT_EQ(std::get<Request>(reader.next()).id, 8U);
        EXPECT_TRUE(reader.done());
    }
}

TEST(Requests, AfterBytesThatAreNoArrayNothingIsRead) {
    for (const std::string_view junk : {"\xc1", "\x07", "\xa3xyz", "\x94\x01\xc1", "hello"}) {
        const std::string bytes = std::string(junk) + encoded({8, 0, StatusRequest{}});
        RequestReader reader(bytes);
        const auto result = reader.next();
        ASSERT_TRUE(std::holds_alternative<BadRequest>(result));
        EXPECT_EQ(std::get<BadRequest>(result).error.code, Code::malformed);
        EXPECT_TRUE(reader.done());
    }
}

TEST(Requests, NestedTooDeeplyIsRefused) {
    std::string bytes = array(1, 4, 7, 0, 0);
    bytes.pop_back();
    const BadRequest bad = refused(bytes + std::string(100'000, '\x91') + '\x01');
    EXPECT_EQ(bad.error.code, Code::malformed);
    EXPECT_EQ(bad.id, 7U);
}

}  // namespace
}  // namespace kvbus::wire
