#include "kvctl/shell_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> words(std::string_view line) {
    const auto split = shell_words(line);
    EXPECT_TRUE(split.ok()) << line;
    return split.ok() ? *split : std::vector<std::string>{};
}

TEST(ShellWords, AreSplitAsAShellSplitsThem) {
    EXPECT_THAT(words("put  a\tb "), ElementsAre("put", "a", "b"));
    EXPECT_THAT(words(R"(put 'a b' "c d" e\ f)"), ElementsAre("put", "a b", "c d", "e f"));
    EXPECT_THAT(words(R"(x'y z'"w"\")"), ElementsAre("xy zw\""));
    EXPECT_THAT(words(R"("a\"b\\c\d" 'a\b')"), ElementsAre("a\"b\\c\\d", "a\\b"));
    EXPECT_THAT(words("put '' \"\""), ElementsAre("put", "", ""));
    EXPECT_THAT(words("get a#b # of course"), ElementsAre("get", "a#b"));
    EXPECT_THAT(words("# nothing"), IsEmpty());
    EXPECT_THAT(words(" \t"), IsEmpty());
}

TEST(ShellWords, MustEndTheirQuotes) {
    for (const auto& [line, text] :
         {std::pair{"put 'a", "single quotes"}, {"put \"a\\\"", "double quotes"}, {"put a\\", "backslash"}}) {
        const auto split = shell_words(line);
        ASSERT_FALSE(split.ok()) << line;
        EXPECT_THAT(split.error().message, HasSubstr(text));
    }
}

TEST(ShellWords, AreKnownWhileTheyAreWritten) {
    const auto at_space = written_words("get ");
    EXPECT_THAT(at_space.before, ElementsAre("get"));
    EXPECT_EQ(at_space.last, "");
    const auto within = written_words("get --prefix 'a b");
    EXPECT_THAT(within.before, ElementsAre("get", "--prefix"));
    EXPECT_EQ(within.last, "a b");
    EXPECT_EQ(within.last_as_is, "'a b");
    EXPECT_TRUE(within.in_quotes);
    EXPECT_THAT(written_words("").before, IsEmpty());
}

TEST(ShellWords, AreQuotedWhereTheyMustBe) {
    for (const std::string word :
         {"plain/key-1.x", "a b", "it's", "", "\"", "$HOME", "#x", "\\", "\xc3\xbc"}) {
        EXPECT_THAT(words(shell_quoted(word)), ElementsAre(word));
    }
    EXPECT_EQ(shell_quoted("plain/key"), "plain/key");
    EXPECT_EQ(shell_quoted("a b"), "'a b'");
}

}  // namespace
}  // namespace kvbus::kvctl
