// Changes in each output format, word for word; those of etcdctl 3.4 where it has the format.
#include <gtest/gtest.h>

#include "kvctl/watch_request.h"
#include "unit/kvctl/printing.h"

namespace kvbus::kvctl {
namespace {

std::vector<WatchEvent> two_changes() {
    return {{true,
             {"a", "x y\"\n", Revision{2}, Revision{3}, 2, LeaseId{5}},
             KeyValue{"a", "1", Revision{2}, Revision{2}, 1}},
            {false, {"b", "", {}, Revision{7}}, std::nullopt}};
}

WatchBatch batch() {
    return {header, two_changes(), Revision{8}};
}

WatchBatch progress() {
    return {header, {}, Revision{10}};
}

std::string watch(Format format, const WatchBatch& shown) {
    return make_printer({.format = format})->watch(shown);
}

TEST(WatchPrinter, Simple) {
    EXPECT_EQ(watch(Format::simple, batch()), "PUT\na\n1\na\nx y\"\n\nDELETE\nb\n\n");
    EXPECT_EQ(watch(Format::simple, progress()), "progress notify: 9\n");
    EXPECT_EQ(make_printer({})->history(two_changes()), "3 PUT \"a\" \"x y\\\"\\n\"\n7 DELETE \"b\"\n");
}

TEST(WatchPrinter, Json) {
    EXPECT_EQ(
        watch(Format::json, batch()),
        R"({"Header":{"cluster_id":10,"member_id":171,"revision":7,"raft_term":3},"Events":[)"
        R"({"kv":{"key":"YQ==","create_revision":2,"mod_revision":3,"version":2,"value":"eCB5Igo=","lease":5},)"
        R"("prev_kv":{"key":"YQ==","create_revision":2,"mod_revision":2,"version":1,"value":"MQ=="}},)"
        R"({"type":1,"kv":{"key":"Yg==","mod_revision":7}}],)"
        R"("CompactRevision":0,"Canceled":false,"Created":false})"
        "\n");
}

TEST(WatchPrinter, JsonLines) {
    EXPECT_EQ(
        make_printer({.format = Format::jsonl, .text = true})->watch(batch()),
        R"({"type":"PUT","key_text":"a","create_revision":2,"mod_revision":3,"version":2,)"
        R"("value_text":"x y\"\u000a","lease":5,)"
        R"("prev_kv":{"key_text":"a","create_revision":2,"mod_revision":2,"version":1,"value_text":"1"}})"
        "\n"
        R"({"type":"DELETE","key_text":"b","mod_revision":7})"
        "\n");
    EXPECT_EQ(watch(Format::jsonl, progress()), "{\"type\":\"PROGRESS\",\"revision\":9}\n");
    const GetResult two{
        header, {{"a", "1", Revision{2}, Revision{6}, 5}, {"b", "", Revision{3}, Revision{3}, 1}}, 2};
    EXPECT_EQ(make_printer({.format = Format::jsonl})->get(two, false),
              "{\"key\":\"YQ==\",\"create_revision\":2,\"mod_revision\":6,\"version\":5,\"value\":\"MQ==\"}\n"
              "{\"key\":\"Yg==\",\"create_revision\":3,\"mod_revision\":3,\"version\":1}\n");
}

TEST(WatchPrinter, Fields) {
    const std::string head = "\"ClusterID\" : 10\n\"MemberID\" : 171\n\"Revision\" : 7\n\"RaftTerm\" : 3\n";
    EXPECT_EQ(watch(Format::fields, batch()),
              head +
                  "\"Type\" : PUT\n\"PrevKey\" : \"a\"\n\"PrevCreateRevision\" : 2\n\"PrevModRevision\" : 2\n"
                  "\"PrevVersion\" : 1\n\"PrevValue\" : \"1\"\n\"PrevLease\" : 0\n\"Key\" : \"a\"\n"
                  "\"CreateRevision\" : 2\n\"ModRevision\" : 3\n\"Version\" : 2\n\"Value\" : \"x y\\\"\\n\"\n"
                  "\"Lease\" : 5\n\"Type\" : DELETE\n\"Key\" : \"b\"\n\"CreateRevision\" : 0\n"
                  "\"ModRevision\" : 7\n\"Version\" : 0\n\"Value\" : \"\"\n\"Lease\" : 0\n");
}

TEST(WatchPrinter, Table) {
    EXPECT_EQ(make_printer({.format = Format::table})->history(two_changes()),
              "+----------+--------+-----+-----------+---------+------------------+--------+\n"
              "| REVISION |  TYPE  | KEY |   VALUE   | VERSION |      LEASE       | BEFORE |\n"
              "+----------+--------+-----+-----------+---------+------------------+--------+\n"
              "|        3 |    PUT | \"a\" | \"x y\\\"\\n\" |       2 | 0000000000000005 |    \"1\" |\n"
              "|        7 | DELETE | \"b\" |           |         |                  |        |\n"
              "+----------+--------+-----+-----------+---------+------------------+--------+\n");
}

TEST(WatchRequest, TellsItsCommandOfAChangeAsEtcdctlDoes) {
    const Environment environment = change_environment(two_changes()[0]);
    const Environment expected{"KVBUS_WATCH_REVISION=3", "KVBUS_WATCH_EVENT_TYPE=\"PUT\"",
                               "KVBUS_WATCH_KEY=\"a\"",  "KVBUS_WATCH_VALUE=\"x y\\\"\\n\"",
                               "ETCD_WATCH_REVISION=3",  "ETCD_WATCH_EVENT_TYPE=\"PUT\"",
                               "ETCD_WATCH_KEY=\"a\"",   "ETCD_WATCH_VALUE=\"x y\\\"\\n\""};
    EXPECT_EQ(environment, expected);
}

TEST(WatchRequest, TakesItsKeyFromTheEnvironmentToo) {
    const auto from_environment = watch_request({}, {}, {"a", "c"});
    ASSERT_TRUE(from_environment.ok());
    EXPECT_EQ(from_environment->key, "a");
    EXPECT_EQ(from_environment->options.range_end, "c");
    EXPECT_FALSE(watch_request({.key = "b"}, {}, {"a", {}}).ok());
    EXPECT_FALSE(watch_request({}, {}, {{}, "c"}).ok());
    const auto prefix = watch_request({.key = "a", .keys = {.prefix = true}}, {"true"}, {});
    ASSERT_TRUE(prefix.ok());
    EXPECT_EQ(prefix->options.range_end, "b");
    EXPECT_EQ(prefix->run.size(), 1U);
}

}  // namespace
}  // namespace kvbus::kvctl
