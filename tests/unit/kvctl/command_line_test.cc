// Where a command line names its command, and where the command begins that it shall run.
#include "kvctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kvctl/parser.h"

namespace kvbus::kvctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Words = std::vector<std::string>;

CommandLine split(Words words) {
    return split_command_line(Parser().app, std::move(words));
}

TEST(CommandLine, OfWatchEndsAtTheSeparator) {
    const auto line = split({"-w", "json", "watch", "--rev", "5", "k", "--", "echo", "--", "-n"});
    EXPECT_THAT(line.own, ElementsAre("-w", "json", "watch", "--rev", "5", "k"));
    EXPECT_THAT(line.run, ElementsAre("echo", "--", "-n"));
    EXPECT_FALSE(line.ends_at_separator);
    EXPECT_TRUE(split({"watch", "k", "--"}).ends_at_separator);
    EXPECT_THAT(split({"watch", "k"}).run, IsEmpty());
    EXPECT_FALSE(split({"watch", "k"}).ends_at_separator);
}

TEST(CommandLine, OfLockEndsAtTheName) {
    for (const Words& words : {Words{"lock", "--ttl", "5", "n", "--timeout=1s", "sh", "-c", "x"},
                               Words{"lock", "--ttl", "5", "n", "--timeout=1s", "--", "sh", "-c", "x"}}) {
        const auto line = split(words);
        EXPECT_THAT(line.own, ElementsAre("lock", "--ttl", "5", "n", "--timeout=1s"));
        EXPECT_THAT(line.run, ElementsAre("sh", "-c", "x"));
    }
    EXPECT_THAT(split({"lock", "n", "get", "put"}).run, ElementsAre("get", "put"));
    EXPECT_THAT(split({"lock", "n"}).run, IsEmpty());
    EXPECT_FALSE(split({"lock", "n"}).ends_at_separator);
    EXPECT_TRUE(split({"lock", "n", "--"}).ends_at_separator);
}

TEST(CommandLine, OfOthersIsTheirOwn) {
    const Words words{"put", "watch", "--", "-5"};
    EXPECT_EQ(split(words).own, words);
    EXPECT_EQ(split({"-w", "watch", "get", "--", "k"}).own.size(), 5U);
    EXPECT_THAT(split({}).own, IsEmpty());
}

TEST(CommandLine, NamesItsCommandAndAnOpenFlag) {
    const Parser parser;
    const auto named = [&](const Words& words) { return named_command(parser.app, words); };
    EXPECT_EQ(named({"-w", "json", "lease", "grant"}).app->get_name(), "grant");
    EXPECT_EQ(named({"get", "--limit"}).open_flag, "--limit");
    EXPECT_EQ(named({"get", "--limit", "3"}).open_flag, "");
    EXPECT_EQ(named({"get", "put"}).app->get_name(), "get");
    EXPECT_EQ(named({}).app->get_name(), "kvctl");
}

}  // namespace
}  // namespace kvbus::kvctl
