// The lines of export and import, with lines that nobody exported.
#include "kvctl/key_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

using namespace std::string_literals;  // NOLINT: bytes of zero
using testing::HasSubstr;

TEST(KeyLines, HaveTheFieldsOfEtcd) {
    EXPECT_EQ(key_line({"a", "1", Revision{2}, Revision{6}, 5, LeaseId{3}}, false),
              R"({"key":"YQ==","create_revision":2,"mod_revision":6,"version":5,"value":"MQ==","lease":3})"
              "\n");
    EXPECT_EQ(key_line({"a\n", "\xff", Revision{2}, Revision{6}, 5, {}}, true),
              R"({"key_text":"a\u000a","create_revision":2,"mod_revision":6,"version":5,"value":"/w=="})"
              "\n");
}

TEST(KeyLines, AreReadAsTheyAreWritten) {
    for (const std::string& bytes :
         {"plain"s, "\0\x01\x1f\x7f"s, "\xff\xfe"s, "\"\\/\b\f\n\r\t"s, "\xc3\xbc\xf0\x9f\x90\x8d"s}) {
        for (const bool text : {false, true}) {
            const auto read = parse_key_line(key_line({bytes, bytes, {}, {}, 0, {}}, text));
            ASSERT_TRUE(read.ok()) << read.error().message;
            EXPECT_EQ(read->key, bytes);
            EXPECT_EQ(read->value, bytes);
        }
    }
}

TEST(KeyLines, MayComeFromElsewhere) {
    const auto read =
        parse_key_line(R"( { "value_text" : "" , "key_text" : "\u00fc\ud83d\udc0d\/" , "x":1.5e3,
                                           "y":null,"z":true } )");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->key, "\xc3\xbc\xf0\x9f\x90\x8d/");
    EXPECT_EQ(read->value, "");
}

TEST(KeyLines, SayWhatIsWrong) {
    const std::pair<std::string, std::string> lines[] = {
        {"", "no JSON: at byte 1: unexpected end of input"},
        {"[]", "no JSON object"},
        {"7", "no JSON object"},
        {"{}", "just one of \"key\""},
        {"{", "at byte 2: unexpected end of input"},
        {"{\"key\"", "at byte 7: unexpected end of input; expected ':'"},
        {"{\"key\":", "at byte 8: unexpected end of input"},
        {"{\"key\":{}}", "its key is no JSON string"},
        {"{\"key\":[\"YQ==\"],\"value\":\"\"}", "its key is no JSON string"},
        {"{\"key\":maybe}", "at byte 8: invalid literal"},
        {"{\"key\":inf}", "at byte 8: invalid literal"},
        {"{\"key\":\"YQ==\"", "expected '}'"},
        {"{\"key\":\"YQ==\",}", "expected string literal"},
        {"{\"key\":\"YQ==\"}", "just one of \"value\""},
        {"{\"key\":\"YQ==\"} x", "at byte 16"},
        {"{\"key\":\"YQ==\",\"key\":\"YQ==\"}", "\"key\" is there twice"},
        {"{\"key\":\"YQ==\",\"key_text\":\"a\",\"value\":\"\"}", "just one of \"key\""},
        {"{\"key\":\"a b\",\"value\":\"\"}", "\"key\" is not base64; text goes under \"key_text\""},
        {"{\"key\":7,\"value\":\"\"}", "its key is no JSON string"},
        {"{\"key_text\":\"\\ud800\",\"value\":\"\"}", "surrogate"},
        {"{\"key_text\":\"\\udc0d\\ud83d\",\"value\":\"\"}", "surrogate"},
        {"{\"key_text\":\"\\u12\",\"value\":\"\"}", "4 hex digits"},
        {"{\"key_text\":\"\\x41\",\"value\":\"\"}", "forbidden character after backslash"},
        {"{\"key_text\":\"\xff\",\"value\":\"\"}", "ill-formed UTF-8"},
        {"{\"key_text\":\"a\nb\",\"value\":\"\"}", "must be escaped"},
        {"{\"key_text\":\"a", "missing closing quote"},
        {"{\"key_text\":\"a\\", "invalid string"},
    };
    for (const auto& [line, text] : lines) {
        const auto read = parse_key_line(line);
        ASSERT_FALSE(read.ok()) << line;
        EXPECT_THAT(read.error().message, HasSubstr(text)) << line;
        EXPECT_TRUE(is_utf8(read.error().message)) << line;
    }
}

TEST(KeyLines, SurviveBeingCutOff) {
    const std::string line = R"({"key_text":"\u00fc\ud83d\udc0d\n","version":-1.5e+3,"value":"MQ=="})";
    ASSERT_TRUE(parse_key_line(line).ok());
    for (std::size_t length = 0; length < line.size(); ++length)
        EXPECT_FALSE(parse_key_line(line.substr(0, length)).ok()) << length;
}

}  // namespace
}  // namespace kvbus::kvctl
