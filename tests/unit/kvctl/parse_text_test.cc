#include "kvctl/parse_text.h"

#include <gtest/gtest.h>

#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test
using namespace std::string_literals;  // NOLINT: bytes of zero

TEST(ParseText, NumbersAreWholeAndNothingElse) {
    EXPECT_EQ(parse_decimal("0"), 0U);
    EXPECT_EQ(parse_decimal("010"), 10U);
    EXPECT_EQ(parse_decimal("18446744073709551615"), ~std::uint64_t{0});
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "18446744073709551616", "1e3"})
        EXPECT_FALSE(parse_decimal(text)) << text;
    EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
    for (const char* text : {"", "-", "9223372036854775808", "1-", "+1"})
        EXPECT_FALSE(parse_integer(text)) << text;
}

TEST(ParseText, LeaseIdsAreHex) {
    EXPECT_EQ(parse_lease_id("32695410dcc0ca06"), LeaseId{0x32695410dcc0ca06});
    EXPECT_EQ(parse_lease_id("000000000000000A"), LeaseId{10});
    for (const char* text : {"", "zz", "0x10", "-1", "11111111111111111"})
        EXPECT_FALSE(parse_lease_id(text)) << text;
}

TEST(ParseText, TimesToLive) {
    EXPECT_EQ(parse_ttl("1m30s"), 90s);
    EXPECT_EQ(parse_ttl("1001us"), 2ms);
    EXPECT_EQ(parse_lease_ttl("60"), 60s);
    EXPECT_EQ(parse_lease_ttl("1.5s"), 1500ms);
    for (const char* text : {"", "0", "0s", "-5", "-5s", "1us", "99999999999999999999"})
        EXPECT_FALSE(parse_lease_ttl(text)) << text;
    EXPECT_FALSE(parse_ttl("60"));
}

TEST(ParseText, Base64IsReadAsItIsWritten) {
    for (const std::string& bytes : {""s, "f"s, "fo"s, "foo"s, "\0\xff\xfe"s, "\xfb\xff"s})
        EXPECT_EQ(parse_base64(base64(bytes)), bytes);
    for (const char* text : {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9\n"})
        EXPECT_FALSE(parse_base64(text)) << text;
}

TEST(ParseText, QuotedIsReadAsItIsWritten) {
    for (const std::string& bytes : {""s, "plain"s, "a \"b\" \\ c"s, "\n\t\0\x7f\xff"s, "\xc3\xbc"s}) {
        const auto quoted = parse_quoted(go_quoted(bytes));
        ASSERT_TRUE(quoted) << bytes;
        EXPECT_EQ(quoted->value, bytes);
        EXPECT_EQ(quoted->length, go_quoted(bytes).size());
    }
    EXPECT_EQ(parse_quoted(R"("\101\u00fc\U0001F40D")")->value, "A\xc3\xbc\xf0\x9f\x90\x8d");
    EXPECT_EQ(parse_quoted(R"("a" rest)")->length, 3U);
}

TEST(ParseText, RefusesBrokenQuotes) {
    for (const char* text :
         {"", "a", "\"", "\"a", "\"\\\"", R"("\)", R"("\q")", R"("\x")", R"("\xf")", R"("\xzz")", R"("\1")",
          R"("\18")", R"("\400")", R"("\ud800")", R"("\U00110000")", R"("\u12)", R"("\')"})
        EXPECT_FALSE(parse_quoted(text)) << text;
}

}  // namespace
}  // namespace kvbus::kvctl
