// kvctl as its users meet it: what each command prints in each format, and how it ends.
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// --- what it refuses before it asks anybody ---------------------------------------------------------------

struct Misuse {
    std::string name;
    std::vector<std::string> arguments;
    int status;
    std::vector<std::string> texts;
};

void PrintTo(const Misuse& misuse, std::ostream* out) {
    *out << misuse.name;
}

class MisuseTest : public testing::TestWithParam<Misuse> {};

TEST_P(MisuseTest, IsNamedInOneLine) {
    const auto& misuse = GetParam();
    harness::CommandLine command{{harness::kvctl_path()}};
    command.arguments.insert(command.arguments.end(), misuse.arguments.begin(), misuse.arguments.end());
    const auto finished = harness::run(command);
    EXPECT_TRUE(refuses(finished, misuse.status, misuse.texts));
    EXPECT_EQ(finished.err, last_line(finished.err) + "\n");
    EXPECT_EQ(finished.out, "");
}

// clang-format off
const Misuse misuses[] = {
    {"UnknownFlag", {"get", "k", "--nonsense"}, exit_arguments, {"--nonsense", "--help"}},
    {"UnknownCommand", {"fetch", "k"}, exit_arguments, {"fetch", "--help"}},
    {"NoCommand", {}, exit_arguments, {"--help"}},
    {"NoSubcommand", {"endpoint"}, exit_arguments, {"kvctl endpoint --help"}},
    {"NoKey", {"get"}, exit_arguments, {"KEY", "--help"}},
    {"OneTooMany", {"get", "a", "b", "c"}, exit_arguments, {"c", "--help"}},
    {"Format", {"-w", "xml", "get", "k"}, exit_arguments, {"--write-out", "xml", "json"}},
    {"Timeout", {"--command-timeout", "soon", "get", "k"}, exit_arguments, {"--command-timeout", "soon", "5s"}},
    {"Consistency", {"get", "k", "--consistency", "x"}, exit_arguments, {"--consistency", "x", "l"}},
    {"Limit", {"get", "k", "--limit", "-1"}, exit_arguments, {"--limit"}},
    {"Revision", {"get", "k", "--rev", "-1"}, exit_arguments, {"--rev", "-1", "whole number"}},
    {"SortBy", {"get", "k", "--sort-by", "SIZE"}, exit_arguments, {"--sort-by", "SIZE", "MODIFY"}},
    {"Order", {"get", "k", "--order", "up"}, exit_arguments, {"--order", "up", "DESCEND"}},
    {"PrefixAndFromKey", {"del", "k", "--prefix", "--from-key"}, exit_arguments, {"--prefix", "--from-key"}},
    {"Lease", {"put", "k", "v", "--lease", "zz"}, exit_arguments, {"--lease", "zz", "hex"}},
    {"Ttl", {"put", "k", "v", "--ttl", "soon"}, exit_arguments, {"--ttl", "soon", "90s"}},
    {"LeaseAndTtl", {"put", "k", "v", "--lease", "1", "--ttl", "5s"}, exit_arguments, {"--lease", "--ttl"}},
    {"IgnoreValue", {"put", "k", "v", "--ignore-value"}, exit_arguments, {"--ignore-value", "VALUE"}},
    {"TwoConditions", {"put", "k", "v", "--if-absent", "--if-rev", "1"}, exit_arguments, {"--if-absent", "--if-rev"}},
    {"TwoValues", {"put", "k", "v", "--file", "x"}, exit_arguments, {"--file", "VALUE"}},
    {"NoSuchFile", {"put", "k", "--file", "/no/such"}, exit_arguments, {"--file", "/no/such"}},
    {"LeaseTtl", {"lease", "grant", "0"}, exit_arguments, {"TTL", "\"0\"", "seconds"}},
    {"LeaseId", {"lease", "revoke", "xyz"}, exit_arguments, {"xyz", "hex"}},
    {"Delta", {"incr", "k", "much"}, exit_arguments, {"DELTA", "much"}},
    {"CompactionRevision", {"compaction", "x"}, exit_arguments, {"REV", "x"}},
    {"DiffRevision", {"diff", "", "--rev", "5,"}, exit_arguments, {"--rev", "5,", "7..12"}},
    {"DiffTable", {"diff", "", "--rev", "5", "-w", "table"}, exit_arguments, {"-w", "json"}},
    {"ImportFile", {"import", "/no/such"}, exit_arguments, {"/no/such"}},
    {"Shell", {"completion", "tcsh"}, exit_arguments, {"tcsh", "bash"}},
    {"TxnCutOff", {"txn"}, exit_input, {"compares", "empty line"}},
    {"EmptyRange", {"get", ""}, exit_input, {"KEY", "--prefix"}},
    {"EmptyKey", {"put", "", "v"}, exit_input, {"key"}},
    {"LongKey", {"put", std::string(32'769, 'k'), "v"}, exit_input, {"key", "32768"}},
    {"BadEndpoint", {"--endpoints", "http://here", "get", "k"}, exit_input, {"http://here", "tcp://HOST:PORT"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Each, MisuseTest, testing::ValuesIn(misuses),
                         [](const auto& info) { return info.param.name; });

// --- against a node alone ----------------------------------------------------------------------------------

TEST_F(KvctlTest, PutsGetsAndDeletes) {
    EXPECT_EQ(ask({"put", "fruit/apple", "red"}), "OK\n");
    EXPECT_EQ(ask({"put", "fruit/banana", "yellow"}), "OK\n");
    EXPECT_EQ(ask({"put", "game", "chess"}), "OK\n");
    EXPECT_EQ(ask({"get", "fruit/apple"}), "fruit/apple\nred\n");
    EXPECT_EQ(ask({"get", "fruit/apple", "--print-value-only"}), "red\n");
    EXPECT_EQ(ask({"get", "absent"}), "");
    EXPECT_EQ(ask({"get", "--prefix", "fruit/"}), "fruit/apple\nred\nfruit/banana\nyellow\n");
    EXPECT_EQ(ask({"get", "--prefix", "fruit/", "--limit", "1"}), "fruit/apple\nred\n");
    EXPECT_EQ(ask({"get", "--prefix", "fruit/", "--keys-only"}), "fruit/apple\n\nfruit/banana\n\n");
    EXPECT_EQ(ask({"get", "", "--prefix", "--count-only"}), "3\n");
    EXPECT_EQ(ask({"get", "fruit/b", "g"}), "fruit/banana\nyellow\n");
    EXPECT_EQ(ask({"get", "fruit/b", "--from-key"}), "fruit/banana\nyellow\ngame\nchess\n");
    EXPECT_EQ(ask({"get", "game", "--consistency", "s"}), "game\nchess\n");
    EXPECT_EQ(ask({"del", "game"}), "1\n");
    EXPECT_EQ(ask({"del", "game"}), "0\n");
    EXPECT_EQ(ask({"del", "--prefix", "fruit/"}), "2\n");
    EXPECT_EQ(ask({"get", "", "--prefix"}), "");
}

TEST_F(KvctlTest, TakesAValueFromStdin) {
    std::string binary;
    for (int byte = 0; byte < 256; ++byte)
        binary.push_back(static_cast<char>(byte));
    EXPECT_EQ(ask({"put", "binary"}, binary), "OK\n");
    EXPECT_EQ(ask({"get", "binary", "--print-value-only"}), binary + "\n");
    EXPECT_EQ(ask({"put", "dash", "--", "-5"}), "OK\n");
    EXPECT_EQ(ask({"get", "dash", "--print-value-only"}), "-5\n");
    EXPECT_EQ(ask({"put", "\xff\x80key", "v"}), "OK\n");
    EXPECT_EQ(ask({"get", "\xff\x80key", "--hex"}), "\\xff\\x80\\x6b\\x65\\x79\n\\x76\n");

    const auto too_large =
        run_kvctl(cluster_.client_url(0), {"put", "large"}, std::string((1 << 20) + 1, 'v'));
    EXPECT_TRUE(refuses(too_large, exit_input, {"value", "1048576"}));
    EXPECT_EQ(ask({"get", "large"}), "");
}

TEST_F(KvctlTest, PrintsEveryFormat) {
    EXPECT_THAT(
        ask({"put", "k", "v", "-w", "json"}),
        MatchesRegex(
            R"(\{"header":\{"cluster_id":[0-9]+,"member_id":[0-9]+,"revision":2,"raft_term":[0-9]+\}\})"
            "\n"));
    EXPECT_THAT(
        ask({"get", "k", "-w", "json"}),
        HasSubstr(
            R"("kvs":[{"key":"aw==","create_revision":2,"mod_revision":2,"version":1,"value":"dg=="}],"count":1)"));
    const auto fields = ask({"get", "k", "-w", "fields"});
    for (const auto* line :
         {"\"Key\" : \"k\"\n", "\"Value\" : \"v\"\n", "\"ModRevision\" : 2\n", "\"Count\" : 1\n"})
        EXPECT_THAT(fields, HasSubstr(line));
    const auto table = ask({"get", "k", "-w", "table"});
    for (const auto* text : {"| ", "KEY", "VALUE", "MOD REVISION", "\"k\"", "\"v\""})
        EXPECT_THAT(table, HasSubstr(text));
    EXPECT_THAT(ask({"del", "k", "-w", "json"}), HasSubstr("\"deleted\":1"));
}

TEST_F(KvctlTest, TellsAboutEndpointsAndMembers) {
    const auto url = cluster_.client_url(0);
    EXPECT_THAT(ask({"endpoint", "health"}), HasSubstr(url + " is healthy"));
    EXPECT_THAT(ask({"endpoint", "status"}), HasSubstr(url + ", "));
    EXPECT_THAT(ask({"endpoint", "status", "-w", "fields"}), HasSubstr("\"Role\" : \"leader\"\n"));
    EXPECT_THAT(ask({"endpoint", "status", "-w", "table"}), HasSubstr("IS LEADER"));
    EXPECT_THAT(ask({"endpoint", "status", "-w", "json"}), HasSubstr("\"Endpoint\":\"" + url + "\""));
    EXPECT_THAT(ask({"endpoint", "health", "-w", "json"}), HasSubstr("\"health\":true"));
    EXPECT_THAT(ask({"member", "list"}), HasSubstr(", n1, " + cluster_.peer_url(0) + ", " + url));
    EXPECT_THAT(ask({"member", "list", "-w", "json"}), HasSubstr("\"name\":\"n1\""));
    EXPECT_THAT(ask({"version"}), HasSubstr("kvctl version: "));
}

TEST_F(KvctlTest, TakesItsFlagsFromTheEnvironment) {
    const std::vector<std::string> environment{"KVCTL_ENDPOINTS=" + cluster_.client_url(0),
                                               "KVCTL_WRITE_OUT=json"};
    const auto finished = harness::run({{harness::kvctl_path(), "put", "k", "v"}, environment});
    EXPECT_EQ(finished.status(), 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("\"revision\":2"));
}

// --- with nodes missing ------------------------------------------------------------------------------------

class UnreachableTest : public SystemTest {};

TEST_F(UnreachableTest, EndsSoonWithTwo) {
    const harness::Port nobody, nor_here;
    const auto endpoints = nobody.url() + "," + nor_here.url();
    // Neither the timeout of the command nor the default of five seconds is waited for.
    for (const std::vector<std::string>& command : {std::vector<std::string>{"put", "k", "v"},
                                                    {"get", "k"},
                                                    {"del", "k"},
                                                    {"member", "list"},
                                                    {"endpoint", "status"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"--command-timeout", "60s", "--dial-timeout", "200ms"});
        const auto finished = run_kvctl(endpoints, arguments);
        EXPECT_TRUE(refuses(finished, exit_connection, {"127.0.0.1:"})) << command[0];
    }
    const auto health = run_kvctl(endpoints, {"endpoint", "health", "--dial-timeout", "200ms"});
    EXPECT_TRUE(refuses(health, exit_unhealthy, {nobody.url()}));
    EXPECT_THAT(health.out, HasSubstr(nobody.url() + " is unhealthy"));
}

TEST_F(UnreachableTest, TellsThatThereIsNoQuorum) {
    harness::Cluster cluster(dir_);
    cluster.start_all();
    EXPECT_EQ(run_kvctl(cluster.endpoint_list(), {"put", "k", "v"}).status(), 0);
    cluster.kill({0, 1});
    const auto last = cluster.client_url(2);

    // A put that reached a leader which had just lost its followers may yet be applied.
    const auto put = run_kvctl(last, {"put", "k", "later", "--command-timeout", "1s"});
    EXPECT_TRUE(put.status() == exit_server || put.status() == exit_error) << put.status() << put.err;
    EXPECT_TRUE(refuses(put, put.status(), {"Error: "}));
    const auto get = run_kvctl(last, {"get", "k", "--command-timeout", "1s"});
    EXPECT_TRUE(get.status() == exit_server || get.status() == exit_error) << get.status() << get.err;
    EXPECT_TRUE(refuses(get, get.status(), {"Error: "}));
    EXPECT_EQ(run_kvctl(last, {"get", "k", "--consistency", "s"}).out, "k\nv\n");
    EXPECT_EQ(run_kvctl(last, {"endpoint", "status"}).status(), 0);
    EXPECT_TRUE(
        refuses(run_kvctl(last, {"endpoint", "health", "--command-timeout", "1s"}), exit_unhealthy, {last}));

    cluster.start(0);
    cluster.wait_until_serving(2);
    EXPECT_EQ(run_kvctl(cluster.endpoint_list(), {"put", "k", "again"}).status(), 0);
    EXPECT_EQ(run_kvctl(last, {"get", "k", "--print-value-only"}).out, "again\n");
}

}  // namespace
}  // namespace kvbus
