// Every command and every range, in the three places where they go over the wire.
#include <chrono>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/three_places.h"
#include "wire/command_fields.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using namespace std::chrono_literals;
using machine::Append;
using machine::Campaign;
using machine::Command;
using machine::Compact;
using machine::Compare;
using machine::CompareTarget;
using machine::Delete;
using machine::Increment;
using machine::LeaseGrant;
using machine::LeaseKeepAlive;
using machine::LeaseRevoke;
using machine::Operation;
using machine::Put;
using machine::RangeQuery;
using machine::Relation;
using machine::SortOrder;
using machine::SortTarget;
using machine::Txn;
using ::testing::HasSubstr;

constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

struct OperationExample {
    AnyOperation operation;
    std::string type;
    std::string fields;
};

RangeQuery full_query() {
    return {.key = "a",
            .range_end = "b",
            .limit = 5,
            .revision = Revision{6},
            .sort_order = SortOrder::descend,
            .sort_target = SortTarget::value,
            .keys_only = true,
            .count_only = true,
            .mod_revision_min = Revision{7},
            .mod_revision_max = Revision{8},
            .create_revision_min = Revision{9},
            .create_revision_max = Revision{10}};
}

Txn every_operation() {
    return {
        .compares =
            {{.key = "a", .target = CompareTarget::version, .number = 1},
             {.key = "b",
              .range_end = "c",
              .target = CompareTarget::create,
              .relation = Relation::greater,
              .number = 2},
             {.key = "d", .target = CompareTarget::mod, .relation = Relation::less, .number = 3},
             {.key = "e", .target = CompareTarget::value, .relation = Relation::not_equal, .value = "v"},
             {.key = "f", .target = CompareTarget::lease, .number = 4}},
        .success = {{Put{.key = "p", .value = "v"}},
                    {Put{.key = "q", .value = "v", .lease = LeaseId{5}, .prev_kv = true}},
                    {Delete{.key = "r"}},
                    {Delete{.key = "s", .range_end = "t", .prev_kv = true}},
                    {Append{.key = "u", .value = "v"}},
                    {Increment{.key = "w", .delta = -3}}},
        .failure = {
            {RangeQuery{.key = "x"}}, {full_query()}, {Txn{.success = {{Put{.key = "y", .value = "z"}}}}}}};
}

std::vector<OperationExample> operation_examples() {
    return {
        {Put{.key = "k", .value = "v"}, "1", "'k' 'v'"},
        {Put{.key = "k", .value = "v", .lease = LeaseId{21}}, "1", "'k' 'v' 0 21 0"},
        {Put{.key = "k", .value = "v", .ttl = 22ms}, "1", "'k' 'v' 0 0 22"},
        {Put{.key = "k", .value = "v", .prev_kv = true}, "1", "'k' 'v' 1 0 0"},
        {Put{.key = "k", .lease = LeaseId{21}, .ignore_value = true}, "1", "'k' '' 2 21 0"},
        {Put{.key = "k", .value = "v", .ignore_lease = true}, "1", "'k' 'v' 4 0 0"},
        {Delete{.key = "a", .range_end = "b"}, "2", "'a' 'b'"},
        {Delete{.key = "a", .prev_kv = true}, "2", "'a' '' 1"},
        {Append{.key = "k", .value = "v"}, "6", "'k' 'v'"},
        {Increment{.key = "k", .delta = 300}, "7", "'k' 300"},
        {Increment{.key = "k", .delta = int64_min}, "7", "'k' -9223372036854775808"},
        {Txn{}, "8", "[] [] []"},
        {every_operation(), "8",
         "[['a' '' 0 0 1] ['b' 'c' 1 1 2] ['d' '' 2 2 3] ['e' '' 3 3 'v'] ['f' '' 4 0 4]] "
         "[[1 'p' 'v'] [1 'q' 'v' 1 5 0] [2 'r' ''] [2 's' 't' 1] [6 'u' 'v'] [7 'w' -3]] "
         "[[3 'x' '' 0 0] [3 'a' 'b' 5 6 6 2 4 7 8 9 10] [8 [] [[1 'y' 'z']] []]]"},
        {LeaseGrant{LeaseId{21}, 22ms}, "9", "21 22"},
        {LeaseRevoke{LeaseId{21}}, "10", "21"},
        {LeaseKeepAlive{LeaseId{21}}, "11", "21"},
        {Compact{Revision{23}}, "12", "23"},
        {Campaign{"n", "v", LeaseId{21}}, "16", "'n' 'v' 21"},
    };
}

TEST(Operations, OnTheWire) {
    for (const auto& [operation, type, fields] : operation_examples()) {
        EXPECT_EQ(oracle::read(request_of(operation)), "[1 " + type + " 7 5000 11 13 12 " + fields + "]");
        EXPECT_EQ(oracle::read(logged(operation)), "[" + type + " 11 13 12 " + fields + "]");
        EXPECT_EQ(oracle::read(forwarded(command_of(operation))),
                  "[1 1 0 2 3 10 [[4 5 [" + type + " 11 13 12 " + fields + "]]]]");
    }
}

TEST(Operations, ReadBack) {
    for (const OperationExample& example : operation_examples()) {
        EXPECT_EQ(request_again(request_of(example.operation)), request_of(example.operation));
        EXPECT_EQ(logged_again(logged(example.operation)), logged(example.operation));
        const std::string frame = forwarded(command_of(example.operation));
        EXPECT_EQ(forwarded_again(frame), frame);
    }
}

TEST(Operations, TakeNoMoreThanWasForeseen) {
    for (const OperationExample& example : operation_examples()) {
        EXPECT_LE(logged(example.operation).size(), command_bytes_max(command_of(example.operation)));
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    RangeQuery query = full_query();
    query.limit = most;
    for (Revision* revision : {&query.revision, &query.mod_revision_min, &query.mod_revision_max,
                               &query.create_revision_min, &query.create_revision_max})
        *revision = Revision{most};
    const Compare compare{.key = "k", .number = most};
    const Put put{.key = "k", .lease = LeaseId{most}, .ttl = std::chrono::milliseconds{int64_min}};
    const Txn txn{{20, compare}, std::vector<Operation>(20, {query}), std::vector<Operation>(20, {put})};
    const Command command{ClientId{most}, Sequence{most}, Sequence{most}, txn};
    std::string out;
    append_command(out, command);
    EXPECT_LE(out.size(), command_bytes_max(command));
}

TEST(Operations, EveryTruncationIsRefused) {
    for (const OperationExample& example : operation_examples()) {
        const std::string request = request_of(example.operation);
        for (std::size_t size = 0; size < request.size(); ++size)
            EXPECT_EQ(request_again(std::string_view(request).substr(0, size)), "");
        const std::string command = logged(example.operation);
        for (std::size_t size = 0; size < command.size(); ++size)
            EXPECT_EQ(logged_again(std::string_view(command).substr(0, size)), "");
        const std::string frame = forwarded(command_of(example.operation));
        for (std::size_t size = 0; size < frame.size(); ++size)
            EXPECT_EQ(forwarded_again(std::string_view(frame).substr(0, size)), "");
    }
}

TEST(Operations, EveryElementOfTheWrongTypeIsRefused) {
    using oracle::Edit;
    for (const OperationExample& example : operation_examples()) {
        for (const std::string& bytes : oracle::edited(request_of(example.operation), Edit::as_map)) {
            EXPECT_EQ(request_again(bytes), "") << oracle::read(bytes);
            EXPECT_EQ(refusal_of(bytes).code, Code::malformed) << oracle::read(bytes);
        }
        for (const std::string& bytes : oracle::edited(logged(example.operation), Edit::as_map))
            EXPECT_EQ(logged_again(bytes), "") << oracle::read(bytes);
        const std::string frame = forwarded(command_of(example.operation));
        for (const std::string& bytes : oracle::edited(frame, Edit::as_map))
            EXPECT_EQ(forwarded_again(bytes), "") << oracle::read(bytes);
    }
}

TEST(Operations, InALogNothingIsSkippedOrDefaulted) {
    using oracle::Edit;
    for (const OperationExample& example : operation_examples()) {
        for (const std::string& bytes : oracle::edited(logged(example.operation), Edit::one_more))
            EXPECT_EQ(logged_again(bytes), "") << oracle::read(bytes);
        for (const std::string& bytes : oracle::edited(logged(example.operation), Edit::one_less)) {
            const std::string again = logged_again(bytes);  // a list with one less, or a shorter form
            EXPECT_TRUE(again.empty() || again == bytes) << oracle::read(bytes);
        }
    }
}

TEST(Operations, OfALaterVersionAreReadWithoutWhatIsNew) {
    for (const OperationExample& example : operation_examples()) {
        const std::string bytes = request_of(example.operation);
        const auto longer = oracle::edited(bytes, oracle::Edit::one_more);
        // Optional elements come first: nil is no options.
        const bool is_short = example.fields == "'k' 'v'" || example.fields == "'a' 'b'";
        EXPECT_EQ(request_again(longer.at(0)), is_short && example.type != "6" ? std::string() : bytes);
    }
    const auto later = oracle::write([](auto& packer) {  // [1 8 7 0 0 0 0 [] [[7 'k' 5 nil]] [] nil]
        packer.pack_array(11);
        for (const int number : {1, 8, 7, 0, 0, 0, 0})
            packer.pack(number);
        packer.pack_array(0);
        packer.pack_array(1);
        packer.pack_array(4);
        packer.pack(7);
        packer.pack("k");
        packer.pack(5);
        packer.pack_nil();
        packer.pack_array(0);
        packer.pack_nil();
    });
    EXPECT_EQ(oracle::read(request_again(later)), "[1 8 7 0 0 0 0 [] [[7 'k' 5]] []]");
}

TEST(Operations, WhatARequestLeavesOutIsDefaulted) {
    EXPECT_EQ(oracle::read(request_again(array(1, 1, 7, 0, 0, 0, 0, "k", "v", 1))),
              "[1 1 7 0 0 0 0 'k' 'v' 1 0 0]");
    EXPECT_EQ(oracle::read(request_again(array(1, 1, 7, 0, 0, 0, 0, "k", "v", 0, 9))),
              "[1 1 7 0 0 0 0 'k' 'v' 0 9 0]");
    EXPECT_EQ(oracle::read(request_again(array(1, 7, 7, 0, 0, 0, 0, "k"))), "[1 7 7 0 0 0 0 'k' 1]");
    EXPECT_EQ(oracle::read(request_again(array(1, 3, 7, 0, "k", "", 0, 1, 9))),
              "[1 3 7 0 'k' '' 0 1 9 0 0 0 0 0 0]");
    EXPECT_EQ(oracle::read(request_again(array(1, 13, 7, 0, 5))), "[1 13 7 0 5 0]");
    EXPECT_EQ(oracle::read(request_again(array(1, 17, 7, 0))), "[1 17 7 0 0]");
    const std::vector<int> none;
    EXPECT_EQ(oracle::read(request_again(array(1, 8, 7, 0, 0, 0, 0, none, none))),
              "[1 8 7 0 0 0 0 [] [] []]");
}

TEST(Operations, RangesAndOtherQuestionsReadBack) {
    const auto encoded = [](decltype(Request::body) body) {
        std::string out;
        append_request(out, {7, 0, std::move(body)});
        return out;
    };
    const std::initializer_list<std::pair<std::string, std::string>> table = {
        {encoded(RangeRequest{full_query(), true}), "[1 3 7 0 'a' 'b' 5 7 6 2 4 7 8 9 10]"},
        {encoded(RangeRequest{{.key = "a", .revision = Revision{6}}}), "[1 3 7 0 'a' '' 0 0 6 0 0 0 0 0 0]"},
        {encoded(RangeRequest{{.key = "a", .sort_order = SortOrder::ascend}}),
         "[1 3 7 0 'a' '' 0 0 0 1 0 0 0 0 0]"},
        {encoded(RangeRequest{{.key = "a", .sort_target = SortTarget::mod}}),
         "[1 3 7 0 'a' '' 0 0 0 0 3 0 0 0 0]"},
        {encoded(RangeRequest{{.key = "a", .create_revision_max = Revision{4}}}),
         "[1 3 7 0 'a' '' 0 0 0 0 0 0 0 0 4]"},
        {encoded(LeaseStatusRequest{LeaseId{5}, true}), "[1 13 7 0 5 1]"},
        {encoded(LeaseStatusRequest{LeaseId{5}, false}), "[1 13 7 0 5 0]"},
        {encoded(LeasesRequest{}), "[1 14 7 0]"},
        {encoded(WatchRequest{.key = "a"}), "[1 15 7 0 'a' '' 0 0 0 0]"},
        {encoded(WatchRequest{.key = "a",
                              .range_end = "b",
                              .from = Revision{5},
                              .offset = 6,
                              .prev_kv = true,
                              .no_put = true,
                              .no_wait = true,
                              .bytes_max = limits::watch_reply_bytes_max}),
         "[1 15 7 0 'a' 'b' 5 6 21 8388608]"},
        {encoded(WatchRequest{.key = "a", .from = Revision{5}, .keys_only = true, .no_delete = true}),
         "[1 15 7 0 'a' '' 5 0 10 0]"},
        {encoded(SnapshotRequest{Index{70'000}}), "[1 17 7 0 70000]"},
        {encoded(SnapshotChunkRequest{{5, SnapshotSection::changes, 6}}), "[1 18 7 0 5 1 6]"},
    };
    for (const auto& [bytes, text] : table) {
        EXPECT_EQ(oracle::read(bytes), text);
        EXPECT_EQ(request_again(bytes), bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_EQ(request_again(std::string_view(bytes).substr(0, size)), "");
        for (const std::string& damaged : oracle::edited(bytes, oracle::Edit::as_map))
            EXPECT_EQ(refusal_of(damaged).code, Code::malformed);
    }
}

struct Refusal {
    AnyOperation operation;
    Code code;
    std::string message;
};

TEST(Operations, AreRefusedByTheFieldThatIsWrong) {
    const std::string key(limits::key_bytes_max + 1, 'k');
    const std::string value(limits::value_bytes_max + 1, 'v');
    const auto in_txn = [](Operation operation) { return Txn{.success = {std::move(operation)}}; };
    const auto compare = [](const Compare& compare) { return Txn{.compares = {compare}}; };
    const auto target = static_cast<CompareTarget>(5);
    const std::initializer_list<Refusal> table = {
        {Put{.key = "k", .lease = LeaseId{1}, .ttl = 1ms}, Code::invalid_argument, "ttl_ms: must be 0 when"},
        {Put{.key = "k", .ttl = -1ms}, Code::invalid_argument, "ttl_ms: -1, must be from 0 to 315360000000"},
        {Put{.key = "k", .ttl = 315'360'000'001ms}, Code::invalid_argument, "ttl_ms: 315360000001, must"},
        {Put{.key = "k", .value = "v", .ignore_value = true}, Code::invalid_argument, "value: must be empty"},
        {Put{.key = "k", .lease = LeaseId{1}, .ignore_lease = true}, Code::invalid_argument, "lease: must"},
        {Put{.key = "k", .ttl = 1ms, .ignore_lease = true}, Code::invalid_argument, "ttl_ms: must be 0 with"},
        {Append{.key = "", .value = "v"}, Code::invalid_argument, "key: empty"},
        {Append{.key = key, .value = "v"}, Code::too_large, "key: 32769 bytes"},
        {Append{.key = "k", .value = value}, Code::too_large, "value: 1048577 bytes"},
        {Increment{.key = ""}, Code::invalid_argument, "key: empty"},
        {LeaseGrant{LeaseId{1}, -1ms}, Code::invalid_argument, "ttl_ms: -1"},
        {LeaseGrant{LeaseId{1}, 315'360'000'001ms}, Code::invalid_argument, "ttl_ms: 315360000001"},
        {LeaseRevoke{}, Code::invalid_argument, "lease: 0"},
        {LeaseKeepAlive{}, Code::invalid_argument, "lease: 0"},
        {Compact{}, Code::invalid_argument, "revision: 0"},
        {Campaign{"", "v", LeaseId{1}}, Code::invalid_argument, "name: empty, must have at least one byte"},
        {Campaign{key, "v", LeaseId{1}}, Code::too_large, "name: 32769 bytes, at most 4096"},
        {Campaign{"n", value, LeaseId{1}}, Code::too_large, "value: 1048577 bytes"},
        {Campaign{"n", "v", {}}, Code::invalid_argument, "lease: 0, must name a lease"},
        {in_txn({Put{.key = ""}}), Code::invalid_argument, "success[0].key: empty"},
        {in_txn({Delete{.key = "k", .range_end = key}}), Code::too_large, "success[0].range_end: 32769"},
        {in_txn({RangeQuery{.key = "k", .sort_order = static_cast<SortOrder>(3)}}), Code::unsupported,
         "success[0].sort_order: unknown"},
        {in_txn({RangeQuery{.key = "k", .sort_target = static_cast<SortTarget>(5)}}), Code::unsupported,
         "success[0].sort_target: unknown"},
        {Txn{.failure = {{Put{.key = "k"}}, {in_txn({Append{.key = "", .value = "v"}})}}},
         Code::invalid_argument, "failure[1].success[0].key: empty"},
        {compare({.key = ""}), Code::invalid_argument, "compares[0].key: empty"},
        {compare({.key = "k", .range_end = key}), Code::too_large, "compares[0].range_end: 32769 bytes"},
        {compare({.key = "k", .target = target}), Code::unsupported, "compares[0].target: unknown"},
        {compare({.key = "k", .relation = static_cast<Relation>(4)}), Code::unsupported,
         "compares[0].relation: unknown"},
        {compare({.key = "k", .target = CompareTarget::value, .value = value}), Code::too_large,
         "compares[0].value: 1048577 bytes"},
    };
    for (const Refusal& expected : table) {
        const Error error = refusal_of(request_of(expected.operation));
        EXPECT_EQ(error.code, expected.code) << error.message;
        EXPECT_THAT(error.message, HasSubstr(expected.message));
        EXPECT_EQ(logged_again(logged(expected.operation)), "") << expected.message;
        EXPECT_EQ(forwarded_again(forwarded(command_of(expected.operation))), "") << expected.message;
    }
}

TEST(Operations, NumbersThatNothingStandsForAreRefused) {
    const std::vector<int> none;
    const std::initializer_list<std::pair<std::string, std::string>> table = {
        {array(1, 1, 7, 0, 0, 0, 0, "k", "v", 8), "options: 8, this node knows the bits of 7"},
        {array(1, 2, 7, 0, 0, 0, 0, "k", "", 2), "options: 2, this node knows the bits of 1"},
        {array(1, 13, 7, 0, 5, 2), "options: 2, this node knows the bits of 1"},
        {array(1, 15, 7, 0, "k", "", 0, 0, 32), "options: 32, this node knows the bits of 31"},
        {array(1, 3, 7, 0, "k", "", 0, 0, 0, 3), "sort_order: unknown"},
        {array(1, 3, 7, 0, "k", "", 0, 0, 0, 256), "sort_order: unknown"},
        {array(1, 3, 7, 0, "k", "", 0, 0, 0, 0, 5), "sort_target: unknown"},
        {array(1, 8, 7, 0, 0, 0, 0, none, std::vector{std::make_tuple(9, 1, 1)}), "success[0].kind: "},
        {array(1, 8, 7, 0, 0, 0, 0, none, std::vector{std::make_tuple(257, 1, 1)}), "success[0].kind: "},
        {array(1, 8, 7, 0, 0, 0, 0, none, std::vector{std::make_tuple(3, "k", "", 0, 1)}),
         "success[0].options: 1, this node knows the bits of 6"},
    };
    for (const auto& [bytes, message] : table) {
        const Error error = refusal_of(bytes);
        EXPECT_EQ(error.code, Code::unsupported);
        EXPECT_THAT(error.message, HasSubstr(message));
    }
    EXPECT_THAT(refusal_of(array(1, 13, 7, 0, 0)).message, HasSubstr("lease: 0"));
}

TEST(Operations, AWatchIsRefusedByTheFieldThatIsWrong) {
    const std::string key(limits::key_bytes_max + 1, 'k');
    const std::initializer_list<std::tuple<WatchRequest, Code, std::string>> table = {
        {{.key = ""}, Code::invalid_argument, "key: empty"},
        {{.key = key}, Code::too_large, "key: 32769 bytes"},
        {{.key = "k", .range_end = key}, Code::too_large, "range_end: 32769 bytes"},
        {{.key = "k", .offset = 1}, Code::invalid_argument, "offset: 1, must be 0 when from is 0"},
        {{.key = "k", .bytes_max = limits::watch_reply_bytes_max + 1},
         Code::too_large,
         "bytes_max: 8388609 bytes, at most 8388608"},
    };
    for (const auto& [watch, code, message] : table) {
        std::string bytes;
        append_request(bytes, {7, 0, watch});
        const Error error = refusal_of(bytes);
        EXPECT_EQ(error.code, code);
        EXPECT_THAT(error.message, HasSubstr(message));
    }
    EXPECT_EQ(oracle::read(request_again(array(1, 15, 7, 0, "k"))), "[1 15 7 0 'k' '' 0 0 0 0]");
}

TEST(Operations, AFieldOfTheWrongTypeInATransactionIsNamedByItsPlace) {
    const auto txn = [](const auto& compares, const auto& success) {
        return refusal_of(array(1, 8, 7, 0, 0, 0, 0, compares, success)).message;
    };
    const std::vector<int> none;
    EXPECT_EQ(txn(none, std::vector{std::make_tuple(1, "k", 5)}),
              "success[0].value: missing or of the wrong type");
    EXPECT_EQ(txn(none, std::vector{std::make_tuple("k", 5)}),
              "success[0].kind: missing or of the wrong type");
    EXPECT_EQ(txn(none, std::vector{7}), "success[0].array: missing or of the wrong type");
    EXPECT_EQ(txn(std::vector{std::make_tuple("k", "", 0, 0)}, none),
              "compares[0].number or value: missing or of the wrong type");
    EXPECT_EQ(txn(7, none), "request: field 8, compares, is missing or of the wrong type");
}

TEST(LeaseGrants, HaveTheirIdOnceTheyAreInALog) {
    const LeaseGrant grant{LeaseId{}, 1000ms};
    EXPECT_EQ(request_again(request_of(grant)), request_of(grant));
    const std::string frame = forwarded(command_of(grant));
    EXPECT_EQ(forwarded_again(frame), frame);
    EXPECT_EQ(logged_again(logged(grant)), "");
}

}  // namespace
}  // namespace kvbus::wire
