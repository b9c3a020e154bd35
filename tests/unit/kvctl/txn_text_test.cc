// Transactions as etcdctl's users write them, and as nobody should.
#include "kvctl/txn_text.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvctl/line_reader.h"

namespace kvbus::kvctl {
namespace {

using namespace std::chrono_literals;  // NOLINT: a test
using namespace std::string_literals;  // NOLINT: keys with zero bytes
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// --- comparisons -------------------------------------------------------------------------------------------

Compare compare(std::string_view line) {
    const auto parsed = parse_compare(line);
    EXPECT_TRUE(parsed.ok()) << line << (parsed.ok() ? "" : parsed.error().message);
    return parsed.ok() ? *parsed : Compare{};
}

TEST(TxnCompare, HasFiveTargets) {
    EXPECT_EQ(compare(R"(mod("k") > "0")").target, CompareTarget::mod_revision);
    EXPECT_EQ(compare(R"(create("k") > "0")").target, CompareTarget::create_revision);
    EXPECT_EQ(compare(R"(version("k") > "0")").target, CompareTarget::version);
    EXPECT_EQ(compare(R"(value("k") > "0")").target, CompareTarget::value);
    EXPECT_EQ(compare(R"(lease("k") > "0")").target, CompareTarget::lease);
    EXPECT_EQ(compare(R"(ver("k") > "0")").target, CompareTarget::version);
    EXPECT_EQ(compare(R"(c("k") > "0")").target, CompareTarget::create_revision);
    EXPECT_EQ(compare(R"(m("k") > "0")").target, CompareTarget::mod_revision);
    EXPECT_EQ(compare(R"(val("k") > "0")").target, CompareTarget::value);
}

TEST(TxnCompare, HasFourRelations) {
    EXPECT_EQ(compare(R"(mod("k") = "7")").relation, Relation::equal);
    EXPECT_EQ(compare(R"(mod("k") != "7")").relation, Relation::not_equal);
    EXPECT_EQ(compare(R"(mod("k") < "7")").relation, Relation::less);
    EXPECT_EQ(compare(R"(mod("k") > "7")").relation, Relation::greater);
    EXPECT_EQ(compare(R"(mod("k") > "7")").number, 7U);
    EXPECT_EQ(compare(R"(mod("k")!="7")").relation, Relation::not_equal);
    EXPECT_EQ(compare("  mod( \"k\" )\t>  \"7\"  \r").number, 7U);
}

TEST(TxnCompare, TakesAnyBytesAsKeyAndValue) {
    const Compare odd = compare(R"_(value("a\"(\x00 )") = "\n= \xff")_");
    EXPECT_EQ(odd.key, "a\"(\0 )"s);
    EXPECT_EQ(odd.value, "\n= \xff");
    EXPECT_EQ(compare(R"(value("") = "")").key, "");
    EXPECT_EQ(compare(R"(lease("k") = "32695410dcc0ca06")").number, 0x32695410dcc0ca06U);
}

struct BadLine {
    std::string line;
    std::string text;
};

TEST(TxnCompare, SaysWhatIsWrong) {
    const BadLine lines[] = {
        {"garbage", "no ("},
        {"", "no ("},
        {"(", "cannot be compared"},
        {"(\"k\") = \"1\"", "cannot be compared"},
        {"size(\"k\") = \"1\"", "\"size\" cannot be compared; create, mod"},
        {"mod(k) > \"0\"", "the key is not in double quotes"},
        {"mod('k') > \"0\"", "the key is not in double quotes"},
        {"mod(\"k", "the key is not in double quotes"},
        {"mod(\"k\\\") > \"0\"", "no )"},
        {"mod(\"k\" > \"0\"", "no )"},
        {"mod(\"k\")", "none of ="},
        {"mod(\"k\") ! \"0\"", "none of ="},
        {"mod(\"k\") >= \"0\"", "not in double quotes"},
        {"mod(\"k\") == \"0\"", "not in double quotes"},
        {"mod(\"k\") > 0", "not in double quotes"},
        {"mod(\"k\") > \"-1\"", "\"-1\" is not a whole number"},
        {"mod(\"k\") > \"x\"", "\"x\" is not a whole number"},
        {"mod(\"k\") > \"\"", "is not a whole number"},
        {"mod(\"k\") > \"18446744073709551616\"", "is not a whole number"},
        {"lease(\"k\") = \"zz\"", "\"zz\" is not a lease id in hex"},
        {"mod(\"k\") > \"0\" x", "something follows"},
        {std::string("mod(\"k\") > \"0\"\0", 15), "something follows"},
        {"mod (\"k\") > \"0\"", "cannot be compared"},
        {std::string(100'000, '('), "cannot be compared"},
        {"\xff\xfe(\"k\") = \"1\"", "cannot be compared"},
    };
    for (const auto& [line, text] : lines) {
        const auto parsed = parse_compare(line);
        ASSERT_FALSE(parsed.ok()) << line;
        EXPECT_THAT(parsed.error().message, HasSubstr(text)) << line;
        EXPECT_THAT(parsed.error().message, HasSubstr("a comparison reads mod(\"key\") > \"0\"")) << line;
    }
}

// --- words -------------------------------------------------------------------------------------------------

TEST(TxnWords, AreSplitAtSpaces) {
    EXPECT_THAT(*split_words(" put  a\tb "), ElementsAre("put", "a", "b"));
    EXPECT_THAT(*split_words(""), IsEmpty());
    EXPECT_THAT(*split_words(R"(put "x y" "z\"q\n" 'a\n"b' "")"),
                ElementsAre("put", "x y", "z\"q\n", "a\\n\"b", ""));
    EXPECT_THAT(*split_words(R"(a"b"c it's)"), ElementsAre("a\"b\"c", "it's"));
}

TEST(TxnWords, RefuseHalfAQuote) {
    for (const char* line :
         {"put \"a", "put 'a", "put \"a\\\"", "put \"\\q\"", "put \"a\"b", "put 'a'b", "\""})
        EXPECT_FALSE(split_words(line).ok()) << line;
}

// --- requests ----------------------------------------------------------------------------------------------

template <class Request>
Request request(std::string_view line) {
    const auto parsed = parse_request(line);
    EXPECT_TRUE(parsed.ok()) << line << (parsed.ok() ? "" : ": " + parsed.error().message);
    if (!parsed.ok() || !std::holds_alternative<Request>(parsed->body)) return {};
    return std::get<Request>(parsed->body);
}

TEST(TxnRequest, Put) {
    EXPECT_EQ(request<TxnPut>("put k \"a value\"").value, "a value");
    EXPECT_EQ(request<TxnPut>("put k ''").value, "");
    EXPECT_TRUE(request<TxnPut>("put k v --prev-kv").options.prev_kv);
    EXPECT_EQ(request<TxnPut>("put --lease=ff k v").options.lease, LeaseId{255});
    EXPECT_EQ(request<TxnPut>("put k v --ttl 90s").options.ttl, 90s);
    EXPECT_TRUE(request<TxnPut>("put k --ignore-value").options.ignore_value);
    EXPECT_EQ(request<TxnPut>("put k -- --prefix").value, "--prefix");
    EXPECT_EQ(request<TxnPut>("put put get").key, "put");
}

TEST(TxnRequest, GetAndDel) {
    EXPECT_EQ(request<TxnGet>("get a z --limit 3").options.range_end, "z");
    EXPECT_EQ(request<TxnGet>("get a --prefix").options.range_end, "b");
    EXPECT_EQ(request<TxnGet>("get \"\" --prefix").key, "\0"s);
    EXPECT_EQ(request<TxnGet>("get a --rev 7").options.revision, Revision{7});
    EXPECT_TRUE(request<TxnGet>("get a --count-only").options.count_only);
    EXPECT_EQ(request<TxnRemove>("del a --from-key").options.range_end, "\0"s);
    EXPECT_TRUE(request<TxnRemove>("del a --prev-kv").options.prev_kv);
}

TEST(TxnRequest, IncrAndAppend) {
    EXPECT_EQ(request<TxnIncrement>("incr n").delta, 1);
    EXPECT_EQ(request<TxnIncrement>("incr n 5").delta, 5);
    EXPECT_EQ(request<TxnIncrement>("incr n -- -5").delta, -5);
    EXPECT_EQ(request<TxnAppend>("append log \"more\\n\"").value, "more\n");
}

TEST(TxnRequest, SaysWhatIsWrong) {
    const BadLine lines[] = {
        {"fetch k", "\"fetch\" is no request of a txn; put, get, del, incr and append are"},
        {"", "is no request"},
        {"PUT k v", "\"PUT\" is no request"},
        {"get", "KEY"},
        {"get \"\"", "KEY is empty"},
        {"get a b c", "\"c\""},
        {"get a --rev x", "--rev: \"x\" is not a whole number"},
        {"get a --sort-by SIZE", "--sort-by: \"SIZE\""},
        {"get a --prefix --from-key", "--prefix and --from-key"},
        {"get a --print-value-only", "get in a txn does not take \"--print-value-only\""},
        {"get a --help", "--help"},
        {"put k", "put takes a KEY and a VALUE"},
        {"put k v --if-absent", "\"--if-absent\""},
        {"put k v --file x", "\"--file\""},
        {"put k v --lease zz", "--lease: \"zz\" is not a lease id in hex"},
        {"put k v --ignore-value", "leave out VALUE"},
        {"put k v --lease 1 --ttl 5s", "--lease and --ttl"},
        {"del", "KEY"},
        {"incr n x", "DELTA: \"x\" is not a whole number of 64 bits"},
        {"incr n 9223372036854775808", "DELTA"},
        {"append log", "append takes a KEY and a VALUE"},
        {"put 'k", "single quotes"},
        {"put \"k", "double quotes"},
    };
    for (const auto& [line, text] : lines) {
        const auto parsed = parse_request(line);
        ASSERT_FALSE(parsed.ok()) << line;
        EXPECT_THAT(parsed.error().message, HasSubstr(text)) << line;
    }
}

// --- the whole ---------------------------------------------------------------------------------------------

Result<Txn> txn(const std::string& text) {
    std::istringstream in(text);
    return read_txn(in);
}

TEST(TxnText, HasThreeSections) {
    const auto parsed = txn("mod(\"a\") = \"0\"\nversion(\"b\") > \"1\"\n\nput a 1\nget b\n\ndel a\n\n");
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->compares.size(), 2U);
    EXPECT_EQ(parsed->success.size(), 2U);
    EXPECT_EQ(parsed->failure.size(), 1U);
}

TEST(TxnText, MayHaveEmptySectionsAndOtherLineEnds) {
    EXPECT_TRUE(txn("\n\n\n").ok());
    EXPECT_TRUE(txn("\r\nput a 1\r\n\r\n \t\r\n").ok());
    EXPECT_TRUE(txn("\nput a 1\n\n\nwhat follows is not read").ok());
}

TEST(TxnText, PromptsBeforeEachSection) {
    std::istringstream in("\n\n\n");
    std::vector<std::string> prompts;
    ASSERT_TRUE(read_txn(in, [&](std::string_view prompt) { prompts.emplace_back(prompt); }).ok());
    EXPECT_THAT(
        prompts,
        ElementsAre("compares:", "success requests (get, put, del):", "failure requests (get, put, del):"));
}

TEST(TxnText, NamesTheLineThatIsWrong) {
    EXPECT_THAT(txn("mod(\"a\") = \"0\"\n\nput a 1\nfetch\n\n\n").error().message,
                HasSubstr("line 4: \"fetch\" is no request"));
    EXPECT_THAT(txn("mod(\"a\") = \"0\"\nput a 1\n\n\n").error().message, HasSubstr("line 2: there is no ("));
}

// A transaction that was cut off on its way must not be half of itself.
TEST(TxnText, IsRefusedWhenItEndsTooEarly) {
    const std::string whole = "mod(\"a\") = \"0\"\n\nput a 1\n\nget a\n\n";
    ASSERT_TRUE(txn(whole).ok());
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(txn(whole.substr(0, length)).ok()) << length;
    EXPECT_THAT(txn("\nput a 1\n").error().message,
                HasSubstr("ends within the success requests; an empty line ends each"));
}

TEST(TxnText, SurvivesNonsense) {
    std::string bytes;
    for (int i = 0; i < 65'536; ++i)
        bytes.push_back(static_cast<char>(i * 7919 >> 5));
    EXPECT_FALSE(txn(bytes).ok());
    EXPECT_THAT(txn(std::string(LineReader::line_bytes_max + 1, 'a')).error().message,
                HasSubstr("line 1: it is longer than"));
}

}  // namespace
}  // namespace kvbus::kvctl
