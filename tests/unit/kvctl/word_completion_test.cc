#include "kvctl/word_completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kvctl/parser.h"

namespace kvbus::kvctl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Candidates complete(std::string_view line) {
    const Parser parser;
    return complete_line(parser.app, line, [](const std::string& prefix, std::size_t max) {
        std::vector<std::string> keys{prefix + "1", prefix + " 2"};
        if (prefix == "many") keys.assign(max + 1, "many"), keys.front() = "many0";
        for (std::size_t i = 0; prefix == "many" && i < keys.size(); ++i)
            keys[i] += std::to_string(i);
        return keys;
    });
}

TEST(WordCompletion, KnowsCommands) {
    EXPECT_THAT(complete("hist").words, ElementsAre("history"));
    EXPECT_THAT(complete("lease ").words, ElementsAre("grant", "keep-alive", "list", "revoke", "timetolive"));
    EXPECT_THAT(complete("lease ke").words, ElementsAre("keep-alive"));
    EXPECT_EQ(complete("lease ke").replaced, 2U);
    EXPECT_THAT(complete("help wa").words, ElementsAre("watch"));
    EXPECT_THAT(complete("nonsense").words, IsEmpty());
}

TEST(WordCompletion, KnowsFlagsAndTheirValues) {
    EXPECT_THAT(complete("get --pre").words, ElementsAre("--prefix"));
    EXPECT_THAT(complete("get --").words, Contains("--write-out"));
    EXPECT_THAT(complete("get -w js").words, ElementsAre("json", "jsonl"));
    EXPECT_THAT(complete("get --limit ").words, IsEmpty());
    EXPECT_THAT(complete("put k -- --").words, Not(Contains("--prev-kv")));
}

TEST(WordCompletion, AsksForKeys) {
    EXPECT_THAT(complete("get k").words, ElementsAre("'k 2'", "k1"));
    EXPECT_THAT(complete("get 'k").words, ElementsAre("'k 2'", "k1"));
    EXPECT_EQ(complete("get 'k").replaced, 2U);
    EXPECT_TRUE(complete("get many").more);
    EXPECT_EQ(complete("get many").words.size(), 50U);
}

}  // namespace
}  // namespace kvbus::kvctl
