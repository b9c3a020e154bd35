#include "kvctl/text_forms.h"

#include <gtest/gtest.h>

namespace kvbus::kvctl {
namespace {

using namespace std::string_literals;  // NOLINT: keys with zero bytes

TEST(TextForms, HexBytes) {
    EXPECT_EQ(hex_bytes("aZ\0\xff"s), "\\x61\\x5a\\x00\\xff");
    EXPECT_EQ(hex_bytes(""), "");
}

TEST(TextForms, Base64AsInRfc4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xfb\xff\0"s), "+/8A");
}

TEST(TextForms, MomentsAreInUtc) {
    using std::chrono::milliseconds;
    EXPECT_EQ(utc_text(milliseconds{0}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_text(milliseconds{951'782'399'999}), "2000-02-28T23:59:59Z");
    EXPECT_EQ(utc_text(milliseconds{951'782'400'000}), "2000-02-29T00:00:00Z");
}

TEST(TextForms, QuotedKeepsAnyBytesInOneLine) {
    EXPECT_EQ(go_quoted("plain \xc3\xbc"), "\"plain \xc3\xbc\"");
    EXPECT_EQ(go_quoted("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(go_quoted("\n\t\r\a\b\f\v"), R"("\n\t\r\a\b\f\v")");
    EXPECT_EQ(go_quoted("\0\x1f\x7f"s), R"("\x00\x1f\x7f")");
    EXPECT_EQ(go_quoted("\xff\xc3(\xe2\x82"), R"("\xff\xc3(\xe2\x82")");
}

TEST(TextForms, QuotedTakesNoFalseUtf8) {
    EXPECT_EQ(go_quoted("\xc0\xaf"), R"("\xc0\xaf")");                  // longer than needed
    EXPECT_EQ(go_quoted("\xe0\x9f\xbf"), R"("\xe0\x9f\xbf")");          // longer than needed
    EXPECT_EQ(go_quoted("\xed\xa0\x80"), R"("\xed\xa0\x80")");          // a surrogate
    EXPECT_EQ(go_quoted("\xf4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");  // beyond the last character
    EXPECT_EQ(go_quoted("\xf0\x9f\x90\x8d"), "\"\xf0\x9f\x90\x8d\"");
}

TEST(TextForms, JsonStringIsAlwaysValid) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
    EXPECT_EQ(json_string("\xff"), R"("\ufffd")");
    EXPECT_EQ(json_string("\xc3\xbc"), "\"\xc3\xbc\"");
}

TEST(TextForms, SizesAsEtcdctlWritesThem) {
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(9), "9 B");
    EXPECT_EQ(size_text(999), "999 B");
    EXPECT_EQ(size_text(1000), "1.0 kB");
    EXPECT_EQ(size_text(20'480), "20 kB");
    EXPECT_EQ(size_text(1'250'000), "1.3 MB");
    EXPECT_EQ(size_text(~std::uint64_t{0}), "18 EB");
}

TEST(TextForms, HexNumbersAreWhole) {
    EXPECT_EQ(hex_number(0), "0");
    EXPECT_EQ(hex_number(0x886b03c4ae679a15), "886b03c4ae679a15");
}

}  // namespace
}  // namespace kvbus::kvctl
