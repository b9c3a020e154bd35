#include "kvctl/revision_diff.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

KeyValue entry(const std::string& key, const std::string& value, std::uint64_t revision) {
    return {key, value, Revision{revision}, Revision{revision}, 1, {}};
}

// Pages of one entry each.
PageSource pages(std::vector<KeyValue> entries) {
    return [entries = std::move(entries), at = std::size_t{0}]() mutable -> Result<std::vector<KeyValue>> {
        if (at == entries.size()) return std::vector<KeyValue>{};
        return std::vector<KeyValue>{entries[at++]};
    };
}

std::string lines(std::vector<KeyValue> before, std::vector<KeyValue> after) {
    RevisionDiff diff(pages(std::move(before)), pages(std::move(after)));
    std::string text;
    for (auto change = diff.next(); change.ok() && *change; change = diff.next())
        text += change_line(**change, false);
    return text;
}

TEST(RevisionDiff, TellsWhatWasAddedRemovedAndChanged) {
    EXPECT_EQ(lines({entry("a", "1", 2), entry("b", "2", 3), entry("d", "4", 4)},
                    {entry("b", "3", 6), entry("c", "9", 7), entry("d", "4", 4)}),
              "- \"a\" \"1\"\n~ \"b\" \"2\" \"3\"\n+ \"c\" \"9\"\n");
}

TEST(RevisionDiff, CountsAWriteOfTheSameValue) {
    EXPECT_EQ(lines({entry("a", "1", 2)}, {entry("a", "1", 9)}), "~ \"a\" \"1\" \"1\"\n");
}

TEST(RevisionDiff, OfNothingOrTheSameIsNothing) {
    EXPECT_EQ(lines({}, {}), "");
    EXPECT_EQ(lines({entry("a", "1", 2)}, {entry("a", "1", 2)}), "");
    EXPECT_EQ(lines({}, {entry("a", "1", 2), entry("b", "1", 2)}), "+ \"a\" \"1\"\n+ \"b\" \"1\"\n");
    EXPECT_EQ(lines({entry("a", "1", 2), entry("b", "1", 2)}, {}), "- \"a\" \"1\"\n- \"b\" \"1\"\n");
}

TEST(RevisionDiff, OrdersKeysByTheirBytes) {
    EXPECT_EQ(lines({entry("\x7f", "1", 2)}, {entry("\x80", "1", 3)}),
              "- \"\\x7f\" \"1\"\n+ \"\\x80\" \"1\"\n");
}

TEST(RevisionDiff, EndsWithTheErrorOfAPage) {
    RevisionDiff diff(pages({entry("a", "1", 2)}), []() -> Result<std::vector<KeyValue>> {
        return Error{Code::compacted, "gone"};
    });
    const auto change = diff.next();
    ASSERT_FALSE(change.ok());
    EXPECT_EQ(change.error().message, "gone");
}

TEST(RevisionDiff, WritesHexAndJson) {
    const Change change{entry("a", "1", 2), entry("a", "", 3)};
    EXPECT_EQ(change_line(change, true), "~ \\x61 \\x31 \n");
    EXPECT_EQ(
        change_json(change),
        R"({"change":"changed","before":{"key":"YQ==","create_revision":2,"mod_revision":2,"version":1,)"
        R"("value":"MQ=="},"after":{"key":"YQ==","create_revision":3,"mod_revision":3,"version":1}})"
        "\n");
    EXPECT_TRUE(change_json({std::nullopt, entry("a", "", 3)}).starts_with(R"({"change":"added","after":{)"));
    EXPECT_TRUE(
        change_json({entry("a", "", 3), std::nullopt}).starts_with(R"({"change":"removed","before":{)"));
}

TEST(RevisionPair, IsOneOrTwoRevisions) {
    EXPECT_EQ(parse_revision_pair("7")->before, Revision{7});
    EXPECT_EQ(parse_revision_pair("7")->after, Revision{});
    EXPECT_EQ(parse_revision_pair("7,12")->after, Revision{12});
    for (const char* text : {"", "0", "7,", ",7", "7,0", "7,8,9", "a", "7, 8", "-1"})
        EXPECT_FALSE(parse_revision_pair(text)) << text;
}

}  // namespace
}  // namespace kvbus::kvctl
