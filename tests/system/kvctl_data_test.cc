// kvctl on the data model: revisions, conditions, transactions, counters, compaction, and whole ranges.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class KvctlDataTest : public KvctlTest {
  protected:
    // Revisions 2 to 5.
    void write_fruit() {
        EXPECT_EQ(ask({"put", "fruit/apple", "red"}), "OK\n");
        EXPECT_EQ(ask({"put", "fruit/banana", "yellow"}), "OK\n");
        EXPECT_EQ(ask({"put", "fruit/cherry", "black"}), "OK\n");
        EXPECT_EQ(ask({"put", "fruit/apple", "green"}), "OK\n");
    }
};

TEST_F(KvctlDataTest, ReadsWhatWasThereAtARevision) {
    write_fruit();
    EXPECT_EQ(ask({"get", "fruit/apple"}), "fruit/apple\ngreen\n");
    EXPECT_EQ(ask({"get", "fruit/apple", "--rev", "4"}), "fruit/apple\nred\n");
    EXPECT_EQ(ask({"get", "fruit/cherry", "--rev", "3"}), "");
    EXPECT_TRUE(refuses(run({"get", "fruit/apple", "--rev", "99"}), exit_server, {"revision"}));
}

TEST_F(KvctlDataTest, SortsAndFiltersRanges) {
    write_fruit();
    const auto keys = [&](std::vector<std::string> flags) {
        std::vector<std::string> arguments{"get", "--prefix", "fruit/", "--print-value-only"};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        return ask(arguments);
    };
    EXPECT_EQ(keys({}), "green\nyellow\nblack\n");
    EXPECT_EQ(keys({"--order", "DESCEND"}), "black\nyellow\ngreen\n");
    EXPECT_EQ(keys({"--sort-by", "MODIFY"}), "yellow\nblack\ngreen\n");
    EXPECT_EQ(keys({"--sort-by", "modify", "--order", "descend", "--limit", "1"}), "green\n");
    EXPECT_EQ(keys({"--sort-by", "CREATE", "--order", "DESCEND"}), "black\nyellow\ngreen\n");
    EXPECT_EQ(keys({"--sort-by", "VALUE"}), "black\ngreen\nyellow\n");
    EXPECT_EQ(keys({"--sort-by", "VERSION", "--order", "DESCEND", "--limit", "1"}), "green\n");
    EXPECT_EQ(keys({"--min-mod-rev", "4"}), "green\nblack\n");
    EXPECT_EQ(keys({"--max-mod-rev", "4"}), "yellow\nblack\n");
    EXPECT_EQ(keys({"--min-create-rev", "3", "--max-create-rev", "3"}), "yellow\n");
}

TEST_F(KvctlDataTest, TellsWhatWasThereBefore) {
    EXPECT_EQ(ask({"put", "k", "1", "--prev-kv"}), "OK\n");
    EXPECT_EQ(ask({"put", "k", "2", "--prev-kv"}), "OK\nk\n1\n");
    EXPECT_THAT(ask({"put", "k", "3", "--prev-kv", "-w", "json"}),
                HasSubstr(R"("prev_kv":{"key":"aw==","create_revision":2,"mod_revision":3,"version":2,)"));
    EXPECT_EQ(ask({"del", "k", "--prev-kv"}), "1\nk\n3\n");
    EXPECT_EQ(ask({"del", "k", "--prev-kv"}), "0\n");
}

TEST_F(KvctlDataTest, KeepsTheValueWhenToldTo) {
    EXPECT_TRUE(refuses(run({"put", "k", "--ignore-value"}), exit_server, {"k"}));
    EXPECT_EQ(ask({"put", "k", "v"}), "OK\n");
    EXPECT_EQ(ask({"put", "k", "--ignore-value"}), "OK\n");
    EXPECT_THAT(ask({"get", "k", "-w", "fields"}), HasSubstr("\"Version\" : 2\n\"Value\" : \"v\"\n"));
}

TEST_F(KvctlDataTest, TakesAValueFromAFile) {
    const auto file = (dir_ / "value").string();
    harness::write_file(file, "from a file\n");
    EXPECT_EQ(ask({"put", "k", "--file", file}), "OK\n");
    EXPECT_EQ(ask({"get", "k", "--print-value-only"}), "from a file\n\n");
}

// --- conditions --------------------------------------------------------------------------------------------

TEST_F(KvctlDataTest, PutsOnlyUnderACondition) {
    EXPECT_EQ(ask({"put", "k", "first", "--if-absent"}), "OK\n");
    const auto there = run({"put", "k", "second", "--if-absent"});
    EXPECT_TRUE(refuses(there, exit_condition,
                        {"--if-absent", "\"k\" holds \"first\", of revision 2", "nothing was put"}));
    EXPECT_EQ(there.out, "");
    EXPECT_EQ(ask({"put", "k", "second", "--if-rev", "2", "--prev-kv"}), "OK\nk\nfirst\n");
    EXPECT_TRUE(refuses(run({"put", "k", "third", "--if-rev", "2"}), exit_condition,
                        {"--if-rev", "\"second\", of revision 3"}));
    EXPECT_TRUE(
        refuses(run({"put", "other", "v", "--if-rev", "2"}), exit_condition, {"there is no \"other\""}));
    EXPECT_EQ(ask({"put", "other", "v", "--if-rev", "0"}), "OK\n");
    EXPECT_EQ(ask({"get", "k", "--print-value-only"}), "second\n");
}

TEST_F(KvctlDataTest, SwapsAValueThatIsWhatItShouldBe) {
    EXPECT_TRUE(
        refuses(run({"cas", "state", "ready", "running"}), exit_condition, {"there is no \"state\""}));
    EXPECT_EQ(ask({"put", "state", "ready"}), "OK\n");
    EXPECT_EQ(ask({"cas", "state", "ready", "running"}), "OK\n");
    EXPECT_TRUE(
        refuses(run({"cas", "state", "ready", "running"}), exit_condition, {"\"state\" holds \"running\""}));
}

// --- transactions ------------------------------------------------------------------------------------------

TEST_F(KvctlDataTest, MakesTransactionsOfText) {
    const std::string text =
        "create(\"name\") = \"0\"\n\nput name \"me too\"\nincr count 3\nappend log x\n\nget name\n\n";
    EXPECT_EQ(ask({"txn"}, text), "SUCCESS\n\nOK\n\n3\n\n1\n");
    EXPECT_EQ(ask({"txn"}, text), "FAILURE\n\nname\nme too\n");
    EXPECT_EQ(
        ask({"txn", "-i"}, "value(\"name\") != \"you\"\n\ndel name --prev-kv\nget name --count-only\n\n\n"),
        "compares:\nsuccess requests (get, put, del):\nfailure requests (get, put, del):\n"
        "SUCCESS\n\n1\nname\nme too\n\n0\n");
    EXPECT_THAT(ask({"txn", "-w", "json"}, "\nput name me\n\n\n"),
                MatchesRegex(R"(\{"header":\{.*\},"succeeded":true,"responses":\[\{"Response":)"
                             R"(\{"ResponsePut":\{"header":\{"revision":4\}\}\}\}\]\})"
                             "\n"));
}

TEST_F(KvctlDataTest, AppliesNothingOfABrokenTransaction) {
    EXPECT_TRUE(refuses(run({"txn"}, "\nput k v\nfetch k\n\n\n"), exit_input, {"line 3", "fetch"}));
    EXPECT_TRUE(refuses(run({"txn"}, "\nput k v\n"), exit_input, {"success requests", "empty line"}));
    EXPECT_TRUE(refuses(run({"txn"}, "\nput k 1\nput k 2\n\n\n"), exit_input, {"k"}));
    EXPECT_EQ(ask({"put", "word", "no number"}), "OK\n");
    EXPECT_TRUE(refuses(run({"txn"}, "\nput k v\nincr word\n\n\n"), exit_server, {"integer"}));
    EXPECT_EQ(ask({"get", "k"}), "");
}

// --- counters and appending --------------------------------------------------------------------------------

TEST_F(KvctlDataTest, CountsAndAppends) {
    EXPECT_EQ(ask({"incr", "n"}), "1\n");
    EXPECT_EQ(ask({"incr", "n", "41"}), "42\n");
    EXPECT_EQ(ask({"incr", "n", "--", "-50"}), "-8\n");
    EXPECT_THAT(ask({"incr", "n", "-w", "fields"}), HasSubstr("\"Value\" : -7\n"));
    EXPECT_TRUE(refuses(run({"incr", "n", "-9223372036854775808"}), exit_server, {"64 bits"}));
    EXPECT_EQ(ask({"append", "log", "one,"}), "4\n");
    EXPECT_EQ(ask({"append", "log"}, "two"), "7\n");
    EXPECT_EQ(ask({"get", "log", "--print-value-only"}), "one,two\n");
    EXPECT_TRUE(refuses(run({"incr", "log"}), exit_server, {"integer"}));
}

// --- compaction --------------------------------------------------------------------------------------------

TEST_F(KvctlDataTest, ForgetsOldRevisions) {
    write_fruit();
    EXPECT_EQ(ask({"compaction", "4"}), "compacted revision 4\n");
    EXPECT_EQ(ask({"get", "fruit/apple", "--rev", "4"}), "fruit/apple\nred\n");
    EXPECT_TRUE(refuses(run({"get", "fruit/apple", "--rev", "3"}), exit_server, {"4"}));
    EXPECT_TRUE(refuses(run({"compact", "4"}), exit_server, {"revision", "compacted"}));
    EXPECT_TRUE(refuses(run({"compact", "999"}), exit_server, {"revision", "not reached"}));
}

// --- ranges as files ---------------------------------------------------------------------------------------

TEST_F(KvctlDataTest, ShowsWhatChanged) {
    write_fruit();
    EXPECT_EQ(ask({"del", "fruit/banana"}), "1\n");
    EXPECT_EQ(ask({"put", "fruit/date", "brown"}), "OK\n");
    EXPECT_EQ(ask({"put", "game", "chess"}), "OK\n");
    EXPECT_EQ(
        ask({"diff", "--rev", "4", "fruit/"}),
        "~ \"fruit/apple\" \"red\" \"green\"\n- \"fruit/banana\" \"yellow\"\n+ \"fruit/date\" \"brown\"\n");
    EXPECT_EQ(ask({"diff", "--rev", "2,3", ""}), "+ \"fruit/banana\" \"yellow\"\n");
    EXPECT_EQ(ask({"diff", "--rev", "3,2", ""}), "- \"fruit/banana\" \"yellow\"\n");
    EXPECT_EQ(ask({"diff", "--rev", "5,5", ""}), "");
    EXPECT_THAT(ask({"diff", "--rev", "2,3", "", "-w", "json"}),
                MatchesRegex(R"(\{"change":"added","after":\{.*"value":"eWVsbG93"\}\})"
                             "\n"));
}

TEST_F(KvctlDataTest, ExportsAndImports) {
    write_fruit();
    EXPECT_EQ(ask({"put", "bytes"}, std::string("\0\xff\n", 3)), "OK\n");
    EXPECT_EQ(
        ask({"export", "fruit/", "--text", "--rev", "2"}),
        R"({"key_text":"fruit/apple","create_revision":2,"mod_revision":2,"version":1,"value_text":"red"})"
        "\n");
    for (const std::vector<std::string>& flags :
         {std::vector<std::string>{"--limit", "1"}, {"--limit", "2", "--text"}}) {
        std::vector<std::string> arguments{"export", ""};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        const std::string before = ask({"get", "", "--prefix"});
        const std::string lines = ask(arguments);
        EXPECT_EQ(ask({"del", "", "--prefix"}), "4\n");
        EXPECT_EQ(ask({"import", "--limit", "3"}, lines), "4\n");
        EXPECT_EQ(ask({"get", "", "--prefix"}), before);
    }
    EXPECT_TRUE(refuses(run({"import"}, "{\"key_text\":\"a\",\"value_text\":\"\"}\nnonsense\n"), exit_input,
                        {"line 2", "no JSON"}));
}

// Pages are made smaller until a reply holds one.
TEST_F(KvctlDataTest, ExportsMoreThanAReplyHolds) {
    const std::string large(1 << 20, 'v');
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(ask({"put", "large/" + std::to_string(i)}, large), "OK\n");
    const auto finished = run({"export", "large/", "--text"});
    EXPECT_EQ(finished.status(), 0) << finished.err;
    EXPECT_EQ(std::ranges::count(finished.out, '\n'), 20);
}

TEST_F(KvctlDataTest, CompletesItsOwnCommandsInBash) {
    const auto script = (dir_ / "completion").string();
    harness::write_file(script, ask({"completion", "bash"}));
    const auto complete = [&](const std::string& words) {
        const auto finished = harness::run(
            {{"/bin/bash", "-c",
              "source " + script + "; COMP_WORDS=(kvctl " + words +
                  "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _kvctl; echo \"${COMPREPLY[@]}\""}});
        EXPECT_EQ(finished.err, "");
        return finished.out;
    };
    EXPECT_EQ(complete("le"), "lease\n");
    EXPECT_EQ(complete("-w json lease re"), "revoke\n");
    EXPECT_EQ(complete("get --min-c"), "--min-create-rev\n");
    EXPECT_EQ(complete("get k -w t"), "table\n");
    EXPECT_EQ(complete("lease grant --endp"), "--endpoints\n");
}

}  // namespace
}  // namespace kvbus
