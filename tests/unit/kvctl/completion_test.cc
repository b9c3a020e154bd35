#include "kvctl/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using testing::HasSubstr;

const std::vector<CompletedCommand> commands{
    {"", {{"get", "Shows a key"}, {"lease", "Grants"}}, {{"--help", ""}, {"-w", ""}}},
    {"get", {}, {{"--limit", "so many"}, {"--help", ""}}},
    {"lease", {{"grant", "Makes a lease, doesn't it"}}, {{"--help", ""}}},
    {"lease grant", {}, {{"--id", ""}, {"--help", ""}}},
};

TEST(Completion, BashFollowsTheCommands) {
    const std::string script = completion_script(Shell::bash, "kvctl", commands);
    EXPECT_THAT(script, HasSubstr(R"x(" get" | " lease" | "lease grant") named="${named:+$named }$word")x"));
    EXPECT_THAT(script, HasSubstr(R"x("") commands="get lease" flags="--help -w")x"));
    EXPECT_THAT(script, HasSubstr(R"x("lease grant") commands="" flags="--id --help")x"));
    EXPECT_THAT(script, HasSubstr("complete -o default -F _kvctl kvctl\n"));
}

TEST(Completion, ZshNamesItsProgramFirst) {
    const std::string script = completion_script(Shell::zsh, "kvctl", commands);
    EXPECT_TRUE(script.starts_with("#compdef kvctl\n"));
    EXPECT_THAT(script, HasSubstr(R"x("get") commands="" flags="--limit --help")x"));
}

TEST(Completion, FishGetsALineForEachWord) {
    const std::string script = completion_script(Shell::fish, "kvctl", commands);
    EXPECT_THAT(script,
                HasSubstr("complete -c kvctl -n '__fish_use_subcommand' -f -a get -d 'Shows a key'\n"));
    EXPECT_THAT(script,
                HasSubstr("complete -c kvctl -n '__fish_seen_subcommand_from get' -l limit -d 'so many'\n"));
    EXPECT_THAT(script, HasSubstr("-n '__fish_seen_subcommand_from lease; and not "
                                  "__fish_seen_subcommand_from grant' -f -a grant -d "
                                  "'Makes a lease, doesn\\'t it'\n"));
    EXPECT_THAT(script, HasSubstr("-n '__fish_seen_subcommand_from lease; and __fish_seen_subcommand_from "
                                  "grant' -l id -d ''\n"));
}

}  // namespace
}  // namespace kvbus::kvctl
