// What the flags of put, get and del make of the request.
#include "kvctl/requests.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test

TEST(GetRequest, SortsUpwardUnlessToldOtherwise) {
    const auto options = [](const GetFlags& flags) { return get_request(flags)->options; };
    EXPECT_EQ(options({.keys = {.key = "k"}}).sort_order, SortOrder::none);
    const auto by_value = options({.keys = {.key = "k"}, .sort_by = SortTarget::value});
    EXPECT_EQ(by_value.sort_target, SortTarget::value);
    EXPECT_EQ(by_value.sort_order, SortOrder::ascend);
    const auto downward = options({.keys = {.key = "k"}, .order = SortOrder::descend});
    EXPECT_EQ(downward.sort_target, SortTarget::key);
    EXPECT_EQ(downward.sort_order, SortOrder::descend);
}

TEST(GetRequest, KeepsItsOptionsBesideTheRange) {
    const auto request = get_request({.keys = {.key = "a", .prefix = true}, .options = {.limit = 3}});
    EXPECT_EQ(request->key, "a");
    EXPECT_EQ(request->options.range_end, "b");
    EXPECT_EQ(request->options.limit, 3U);
}

TEST(PutRequest, RefusesContradictions) {
    const auto put = [](PutFlags flags) { return put_request(flags).ok(); };
    EXPECT_TRUE(put({.key = "k", .value = "v", .options = {.lease = LeaseId{1}}}));
    EXPECT_TRUE(put({.key = "k", .value = "v", .options = {.ttl = 5s}}));
    EXPECT_TRUE(put({.key = "k", .options = {.lease = LeaseId{1}, .ignore_value = true}}));
    EXPECT_FALSE(put({.key = "k", .value = "v", .options = {.lease = LeaseId{1}, .ttl = 5s}}));
    EXPECT_FALSE(put({.key = "k", .value = "", .options = {.ignore_value = true}}));
    EXPECT_FALSE(put({.key = "k", .value = "v", .options = {.ttl = 5s, .ignore_lease = true}}));
    EXPECT_FALSE(put({.key = "k", .value = "v", .options = {.lease = LeaseId{1}, .ignore_lease = true}}));
}

TEST(DelRequest, CoversTheRange) {
    const auto request = del_request({.keys = {.key = "a", .range_end = "c"}, .prev_kv = true});
    EXPECT_EQ(request->options.range_end, "c");
    EXPECT_TRUE(request->options.prev_kv);
    EXPECT_FALSE(del_request({.keys = {.key = "a", .range_end = "c", .prefix = true}}).ok());
}

}  // namespace
}  // namespace kvbus::kvctl
