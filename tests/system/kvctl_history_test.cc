// kvctl history and diff: what was, as long as it is held.
#include <string>

#include <gmock/gmock.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;

class KvctlHistoryTest : public KvctlTest {
  protected:
    // Revisions 2 to 6.
    void write() {
        ask({"put", "p/a", "1"});
        ask({"put", "p/b", "2"});
        ask({"put", "p/a", "3"});
        ask({"del", "p/a"});
        ask({"put", "p/a", "4"});
    }
};

TEST_F(KvctlHistoryTest, ShowsEachChange) {
    write();
    EXPECT_EQ(ask({"history", "p/a", "-w", "simple"}),
              "2 PUT \"p/a\" \"1\"\n4 PUT \"p/a\" \"3\"\n5 DELETE \"p/a\"\n6 PUT \"p/a\" \"4\"\n");
    EXPECT_EQ(ask({"history", "p/", "--prefix", "--rev", "3..4", "-w", "simple"}),
              "3 PUT \"p/b\" \"2\"\n4 PUT \"p/a\" \"3\"\n");
    EXPECT_EQ(ask({"history", "p/a", "--limit", "2", "-w", "simple"}),
              "5 DELETE \"p/a\"\n6 PUT \"p/a\" \"4\"\n");
    EXPECT_EQ(ask({"history", "p/b", "-w", "jsonl", "--text"}),
              "{\"type\":\"PUT\",\"key_text\":\"p/b\",\"create_revision\":3,\"mod_revision\":3,\"version\":1,"
              "\"value_text\":\"2\"}\n");
    EXPECT_THAT(ask({"history", "p/a", "-w", "json"}), HasSubstr("{\"type\":1,\"kv\":"));
    EXPECT_THAT(ask({"history", "p/a", "-w", "fields"}), HasSubstr("\"Type\" : DELETE\n"));
    EXPECT_EQ(ask({"history", "none", "-w", "simple"}), "");
    EXPECT_EQ(ask({"history", "p/a", "--limit", "1"}),
              "+----------+------+-------+-------+---------+-------+\n"
              "| REVISION | TYPE |  KEY  | VALUE | VERSION | LEASE |\n"
              "+----------+------+-------+-------+---------+-------+\n"
              "|        6 |  PUT | \"p/a\" |   \"4\" |       1 |       |\n"
              "+----------+------+-------+-------+---------+-------+\n");
}

TEST_F(KvctlHistoryTest, BeginsWithWhatCompactionLeft) {
    write();
    ask({"compaction", "4"});
    EXPECT_EQ(ask({"history", "p/", "--prefix", "-w", "simple"}),
              "3 PUT \"p/b\" \"2\"\n4 PUT \"p/a\" \"3\"\n5 DELETE \"p/a\"\n6 PUT \"p/a\" \"4\"\n");
    EXPECT_TRUE(refuses(run({"history", "p/a", "--rev", "2..6"}), 4, {"compact"}));
}

TEST_F(KvctlHistoryTest, ComparesTwoRevisions) {
    write();
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"diff", "--rev", "2", "5", "p/"},
          {"diff", "--rev", "2..5", "p/"},
          {"diff", "--rev", "2,5", "p/"}}) {
        EXPECT_EQ(ask(arguments), "- \"p/a\" \"1\"\n+ \"p/b\" \"2\"\n");
    }
    EXPECT_EQ(ask({"get", "p/a", "--rev", "4", "--print-value-only"}), "3\n");
}

}  // namespace
}  // namespace kvbus
