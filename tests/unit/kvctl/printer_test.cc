// Each output format word for word: scripts read them, and so do eyes that know etcdctl.
#include <gtest/gtest.h>

#include "unit/kvctl/printing.h"

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test

GetResult two_keys() {
    return {
        header,
        {{"a", "1", Revision{2}, Revision{6}, 5}, {"b\n", "", Revision{3}, Revision{3}, 1, LeaseId{0xabc}}},
        3,
        true};
}

EndpointStatus node() {
    EndpointStatus status;
    status.header = header;
    status.endpoint = "tcp://h:1";
    status.name = "n1";
    status.version = "0.1.0";
    status.role = "leader";
    status.commit = 12;
    status.applied = 11;
    status.state_hash = 0xfeed;
    status.disk_bytes = 20'480;
    status.rss_peak_bytes = 5'000'000;
    return status;
}

std::vector<Health> two_endpoints() {
    return {{"tcp://h:1", 1'500us, ""}, {"tcp://h:2", 300ms, "no \"leader\""}};
}

MemberList two_members() {
    return {header, {{NodeId{0xab}, "n1", "tcp://p:1", "tcp://h:1"}, {NodeId{0xcd}, "n2", "tcp://p:2", ""}}};
}

TEST(SimplePrinter, Keys) {
    EXPECT_EQ(printer(Format::simple)->put({header, Revision{7}}), "OK\n");
    EXPECT_EQ(printer(Format::simple)->get(two_keys(), false), "a\n1\nb\n\n\n");
    EXPECT_EQ(printer(Format::simple)->get(two_keys(), true), "3\n");
    EXPECT_EQ(printer(Format::simple)->remove({header, Revision{7}, 4}), "4\n");
    EXPECT_EQ(make_printer({.hex = true})->get(two_keys(), false), "\\x61\n\\x31\n\\x62\\x0a\n\n");
    EXPECT_EQ(make_printer({.values_only = true})->get(two_keys(), false), "1\n\n");
}

TEST(SimplePrinter, Nodes) {
    EXPECT_EQ(printer(Format::simple)->status({node()}),
              "tcp://h:1, ab, 0.1.0, 20 kB, true, false, 3, 12, 11, \n");
    EXPECT_EQ(printer(Format::simple)->health(two_endpoints()),
              "tcp://h:1 is healthy: successfully committed proposal: took = 1.5ms\n"
              "tcp://h:2 is unhealthy: failed to commit proposal: no \"leader\"\n");
    EXPECT_EQ(printer(Format::simple)->members(two_members()),
              "ab, started, n1, tcp://p:1, tcp://h:1, false\ncd, unstarted, n2, tcp://p:2, , false\n");
}

TEST(JsonPrinter, Keys) {
    const std::string head = R"({"header":{"cluster_id":10,"member_id":171,"revision":7,"raft_term":3})";
    EXPECT_EQ(printer(Format::json)->put({header, Revision{7}}), head + "}\n");
    EXPECT_EQ(
        printer(Format::json)->get(two_keys(), false),
        head + R"(,"kvs":[{"key":"YQ==","create_revision":2,"mod_revision":6,"version":5,"value":"MQ=="},)" +
            R"({"key":"Ygo=","create_revision":3,"mod_revision":3,"version":1,"lease":2748}],"more":true,"count":3})" +
            "\n");
    EXPECT_EQ(printer(Format::json)->get({header, {}, 0, false}, false), head + "}\n");
    EXPECT_EQ(printer(Format::json)->remove({header, Revision{7}, 4}), head + ",\"deleted\":4}\n");
    EXPECT_EQ(printer(Format::json)->remove({header, Revision{7}, 0}), head + "}\n");
}

TEST(JsonPrinter, Nodes) {
    const std::string status = printer(Format::json)->status({node()});
    EXPECT_EQ(
        status.find(
            R"([{"Endpoint":"tcp://h:1","Status":{"header":{"cluster_id":10,"member_id":171,"revision":7,)"
            R"("raft_term":3},"version":"0.1.0","dbSize":20480,"leader":171,"raftIndex":12,"raftTerm":3,)"
            R"("raftAppliedIndex":11,"dbSizeInUse":20480)"),
        0U)
        << status;
    EXPECT_NE(status.find(R"("stateHash":"feed")"), std::string::npos) << status;
    EXPECT_EQ(printer(Format::json)->health(two_endpoints()),
              R"([{"endpoint":"tcp://h:1","health":true,"took":"1.5ms"},)"
              R"({"endpoint":"tcp://h:2","health":false,"took":"300ms","error":"no \"leader\""}])"
              "\n");
    EXPECT_EQ(printer(Format::json)->members(two_members()),
              R"({"header":{"cluster_id":10,"member_id":171,"revision":7,"raft_term":3},"members":[)"
              R"({"ID":171,"name":"n1","peerURLs":["tcp://p:1"],"clientURLs":["tcp://h:1"]},)"
              R"({"ID":205,"name":"n2","peerURLs":["tcp://p:2"]}]})"
              "\n");
}

TEST(FieldsPrinter, Keys) {
    const std::string head = "\"ClusterID\" : 10\n\"MemberID\" : 171\n\"Revision\" : 7\n\"RaftTerm\" : 3\n";
    EXPECT_EQ(printer(Format::fields)->put({header, Revision{7}}), head);
    EXPECT_EQ(printer(Format::fields)
                  ->get({header, {{"b\n", "\xff", Revision{2}, Revision{6}, 5}}, 1, false}, false),
              head +
                  "\"Key\" : \"b\\n\"\n\"CreateRevision\" : 2\n\"ModRevision\" : 6\n\"Version\" : 5\n"
                  "\"Value\" : \"\\xff\"\n\"Lease\" : 0\n\"More\" : false\n\"Count\" : 1\n");
    EXPECT_EQ(printer(Format::fields)->remove({header, Revision{7}, 4}), head + "\"Deleted\" : 4\n");
}

TEST(FieldsPrinter, Nodes) {
    const std::string status = printer(Format::fields)->status({node()});
    for (const char* line :
         {"\"Endpoint\" : \"tcp://h:1\"\n", "\"Role\" : \"leader\"\n", "\"Applied\" : 11\n",
          "\"RaftAppliedIndex\" : 11\n", "\"StateHash\" : \"feed\"\n", "\"IsLearner\" : false\n"}) {
        EXPECT_NE(status.find(line), std::string::npos) << line << status;
    }
    EXPECT_TRUE(status.ends_with("\n\n"));
    EXPECT_EQ(printer(Format::fields)->health({two_endpoints()[0]}),
              "\"Endpoint\" : \"tcp://h:1\"\n\"Health\" : true\n\"Took\" : 1.5ms\n\"Error\" : \n\n");
    EXPECT_NE(printer(Format::fields)->members(two_members()).find("\"ID\" : 205\n\"Name\" : \"n2\"\n"),
              std::string::npos);
}

TEST(TablePrinter, DrawsAsEtcdctlDoes) {
    EXPECT_EQ(printer(Format::table)->health(two_endpoints()),
              "+-----------+--------+-------+-------------+\n"
              "| ENDPOINT  | HEALTH | TOOK  |    ERROR    |\n"
              "+-----------+--------+-------+-------------+\n"
              "| tcp://h:1 |   true | 1.5ms |             |\n"
              "| tcp://h:2 |  false | 300ms | no \"leader\" |\n"
              "+-----------+--------+-------+-------------+\n");
}

TEST(TablePrinter, KeepsBinaryKeysInTheirRow) {
    EXPECT_EQ(printer(Format::table)->get(two_keys(), false),
              "+-------+-------+-----------------+--------------+---------+------------------+\n"
              "|  KEY  | VALUE | CREATE REVISION | MOD REVISION | VERSION |      LEASE       |\n"
              "+-------+-------+-----------------+--------------+---------+------------------+\n"
              "|   \"a\" |   \"1\" |               2 |            6 |       5 |                  |\n"
              "| \"b\\n\" |    \"\" |               3 |            3 |       1 | 0000000000000abc |\n"
              "+-------+-------+-----------------+--------------+---------+------------------+\n");
}

// --- previous values, transactions, counters --------------------------------------------------------------

const KeyValue before{"a", "1", Revision{2}, Revision{5}, 3};

PutResult put_over() {
    return {header, Revision{6}, before};
}

// One operation of each kind, as asked and as answered.
Txn each_operation() {
    Txn txn;
    txn.success = {{TxnPut{"a", "2"}}, {TxnGet{"a"}},          {TxnGet{"a", {.count_only = true}}},
                   {TxnRemove{"a"}},   {TxnAppend{"b", "xy"}}, {TxnIncrement{"n"}}};
    return txn;
}

TxnResult each_result() {
    return {header,
            Revision{6},
            true,
            {{put_over()},
             {GetResult{header, {before}, 1, false}},
             {GetResult{header, {}, 1, false}},
             {DeleteResult{header, Revision{6}, 1, {before}}},
             {AppendResult{header, Revision{6}, 2}},
             {IncrementResult{header, Revision{6}, -4}}}};
}

TEST(SimplePrinter, TellsWhatWasThereBefore) {
    EXPECT_EQ(printer(Format::simple)->put(put_over()), "OK\na\n1\n");
    EXPECT_EQ(printer(Format::simple)->remove({header, Revision{6}, 1, {before}}), "1\na\n1\n");
}

TEST(SimplePrinter, Transactions) {
    EXPECT_EQ(printer(Format::simple)->txn(each_operation(), each_result()),
              "SUCCESS\n\nOK\na\n1\n\na\n1\n\n1\n\n1\na\n1\n\n2\n\n-4\n");
    EXPECT_EQ(printer(Format::simple)->txn({}, {header, Revision{7}}), "FAILURE\n");
}

// What the node applied since does not count: the revision is the write's.
TEST(JsonPrinter, TellsWhatWasThereBefore) {
    const std::string head = R"({"header":{"cluster_id":10,"member_id":171,"revision":6,"raft_term":3})";
    const std::string entry =
        R"({"key":"YQ==","create_revision":2,"mod_revision":5,"version":3,"value":"MQ=="})";
    EXPECT_EQ(printer(Format::json)->put(put_over()), head + ",\"prev_kv\":" + entry + "}\n");
    EXPECT_EQ(printer(Format::json)->remove({header, Revision{6}, 1, {before}}),
              head + ",\"deleted\":1,\"prev_kvs\":[" + entry + "]}\n");
    EXPECT_EQ(printer(Format::json)->increment({header, Revision{6}, 0}), head + ",\"value\":0}\n");
    EXPECT_EQ(printer(Format::json)->append({header, Revision{6}, 9}), head + ",\"bytes\":9}\n");
}

TEST(JsonPrinter, Transactions) {
    const std::string inner = R"("header":{"revision":6})";
    const std::string entry =
        R"({"key":"YQ==","create_revision":2,"mod_revision":5,"version":3,"value":"MQ=="})";
    EXPECT_EQ(printer(Format::json)->txn(each_operation(), each_result()),
              R"({"header":{"cluster_id":10,"member_id":171,"revision":6,"raft_term":3},"succeeded":true,)"
              R"("responses":[{"Response":{"ResponsePut":{)" +
                  inner + ",\"prev_kv\":" + entry + R"(}}},{"Response":{"ResponseRange":{)" + inner +
                  ",\"kvs\":[" + entry + R"(],"count":1}}},{"Response":{"ResponseRange":{)" + inner +
                  R"(,"count":1}}},{"Response":{"ResponseDeleteRange":{)" + inner +
                  ",\"deleted\":1,\"prev_kvs\":[" + entry + R"(]}}},{"Response":{"ResponseAppend":{)" +
                  inner + R"(,"bytes":2}}},{"Response":{"ResponseIncrement":{)" + inner +
                  R"(,"value":-4}}}]})" + "\n");
}

// As with etcd: what comes before the first write has not seen it.
TEST(JsonPrinter, TellsTheRevisionThatAnOperationOfATransactionSaw) {
    const GetResult got{header, {}, 0, false};
    const DeleteResult nothing{header, Revision{6}, 0, {}};
    EXPECT_EQ(
        printer(Format::json)
            ->txn({},
                  {header, Revision{6}, true, {{got}, {nothing}, {PutResult{header, Revision{6}}}, {got}}}),
        R"({"header":{"cluster_id":10,"member_id":171,"revision":6,"raft_term":3},"succeeded":true,)"
        R"("responses":[{"Response":{"ResponseRange":{"header":{"revision":5}}}},)"
        R"({"Response":{"ResponseDeleteRange":{"header":{"revision":5}}}},)"
        R"({"Response":{"ResponsePut":{"header":{"revision":6}}}},)"
        R"({"Response":{"ResponseRange":{"header":{"revision":6}}}}]})"
        "\n");
}

TEST(FieldsPrinter, TellsWhatWasThereBefore) {
    EXPECT_EQ(printer(Format::fields)->put(put_over()),
              "\"ClusterID\" : 10\n\"MemberID\" : 171\n\"Revision\" : 6\n\"RaftTerm\" : 3\n"
              "\"PrevKey\" : \"a\"\n\"PrevCreateRevision\" : 2\n\"PrevModRevision\" : 5\n"
              "\"PrevVersion\" : 3\n\"PrevValue\" : \"1\"\n\"PrevLease\" : 0\n");
}

TEST(FieldsPrinter, Transactions) {
    const std::string head = "\"ClusterID\" : 10\n\"MemberID\" : 171\n\"Revision\" : 6\n\"RaftTerm\" : 3\n";
    Txn txn;
    txn.failure = {{TxnIncrement{"n"}}, {TxnAppend{"b", "xy"}}};
    EXPECT_EQ(printer(Format::fields)
                  ->txn(txn, {header,
                              Revision{6},
                              false,
                              {{IncrementResult{header, Revision{6}, -4}},
                               {AppendResult{header, Revision{6}, 2}}}}),
              head + "\"Succeeded\" : false\n" + head + "\"Value\" : -4\n" + head + "\"Bytes\" : 2\n");
}

TEST(TablePrinter, Transactions) {
    Txn txn;
    txn.success = {{TxnIncrement{"n"}}};
    EXPECT_EQ(printer(Format::table)
                  ->txn(txn, {header, Revision{6}, true, {{IncrementResult{header, Revision{6}, -4}}}}),
              "+-----------+----------+-----------+\n"
              "| SUCCEEDED | REVISION | RAFT TERM |\n"
              "+-----------+----------+-----------+\n"
              "|      true |        6 |         3 |\n"
              "+-----------+----------+-----------+\n"
              "+-------+----------+-----------+\n"
              "| VALUE | REVISION | RAFT TERM |\n"
              "+-------+----------+-----------+\n"
              "|    -4 |        6 |         3 |\n"
              "+-------+----------+-----------+\n");
}

TEST(EveryPrinter, Compaction) {
    const Done done{header, Revision{7}};
    EXPECT_EQ(printer(Format::simple)->compacted(done, Revision{4}), "compacted revision 4\n");
    EXPECT_EQ(printer(Format::json)->compacted(done, Revision{4}),
              R"({"header":{"cluster_id":10,"member_id":171,"revision":7,"raft_term":3}})"
              "\n");
    EXPECT_TRUE(printer(Format::fields)->compacted(done, Revision{4}).ends_with("\"CompactRevision\" : 4\n"));
}

TEST(EveryPrinter, Backups) {
    const BackupView backup{.hash = 0xfeed,
                            .cluster = ClusterId{10},
                            .version = "0.1.0",
                            .taken = 1'700'000'000'999ms,
                            .revision = Revision{7},
                            .compacted = Revision{5},
                            .keys = 3,
                            .bytes = 20'480,
                            .state_hash = 12};
    EXPECT_EQ(printer(Format::simple)->backup(backup), "feed, 7, 3, 20 kB, a, 2023-11-14T22:13:20Z\n");
    EXPECT_EQ(printer(Format::json)->backup(backup),
              R"({"hash":65261,"revision":7,"compacted":5,"totalKey":3,"totalSize":20480,"cluster_id":10,)"
              R"("time":"2023-11-14T22:13:20Z","version":"0.1.0","state_hash":12})"
              "\n");
    const std::string table = printer(Format::table)->backup(backup);
    for (const char* text : {"HASH", "feed", "TOTAL KEYS", "20 kB", "2023-11-14T22:13:20Z"})
        EXPECT_NE(table.find(text), std::string::npos) << table;
    EXPECT_NE(printer(Format::fields)->backup(backup).find("\"Keys\" : 3\n"), std::string::npos);
}

TEST(Format, HasFourNames) {
    EXPECT_EQ(parse_format("simple"), Format::simple);
    EXPECT_EQ(parse_format("table"), Format::table);
    EXPECT_EQ(parse_format("json"), Format::json);
    EXPECT_EQ(parse_format("fields"), Format::fields);
    EXPECT_EQ(parse_format("protobuf"), std::nullopt);
}

}  // namespace
}  // namespace kvbus::kvctl
