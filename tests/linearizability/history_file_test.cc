#include "linearizability/history_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "linearizability/notation.h"
#include "linearizability/random_history.h"

namespace kvbus::linearizability {
namespace {

class HistoryFileTest : public testing::Test {
  protected:
    ~HistoryFileTest() override { std::filesystem::remove(file_); }

    void write(std::string_view text) { std::ofstream(file_, std::ios::binary) << text; }
    // What reading says, without the name of the file.
    std::string complaint(const FileLimits& limits = {}) {
        const auto history = read_history(file_, limits);
        if (history.ok()) return "";
        EXPECT_TRUE(history.error().message.starts_with(file_.string())) << history.error().message;
        return history.error().message.substr(file_.string().size());
    }
    std::string complaint_about(std::string_view text) {
        write(text);
        return complaint();
    }

    std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                  ("kvbus-history-" + std::to_string(getpid()) + "-" +
                                   testing::UnitTest::GetInstance()->current_test_info()->name());
};

constexpr std::string_view good_line =
    R"({"id":1,"client":"a","node":2,"op":"put","key":"x","args":"1","call_ns":10,"return_ns":20,)"
    R"("outcome":"ok","revision":7,"value":null})"
    "\n";

std::string with(std::string_view old, std::string_view replacement) {
    std::string line(good_line);
    return line.replace(line.find(old), old.size(), replacement);
}

void expect_equal(const Operation& left, const Operation& right) {
    EXPECT_EQ(describe(left), describe(right));
    EXPECT_EQ(left.node, right.node);
    EXPECT_EQ(left.key, right.key);
    EXPECT_EQ(left.value, right.value);
    EXPECT_EQ(left.revision, right.revision);
}

TEST_F(HistoryFileTest, WhatIsWrittenIsRead) {
    Random random(1);
    auto history = random_history({.operations = 1000, .keys = 5, .unknown = 0.2}, random);
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte)
        every_byte += static_cast<char>(byte);
    history.push_back({.id = 9,
                       .client = every_byte,
                       .node = 3,
                       .op = Op::put,
                       .key = every_byte,
                       .value = every_byte,
                       .call = Instant{Duration{5}},
                       .returned = Instant{Duration{5}}});
    history.push_back({.client = "empty", .op = Op::get, .key = "", .value = ""});
    history.push_back({.client = "absent", .op = Op::get, .key = "", .value = std::nullopt});
    {
        HistoryWriter writer(file_);
        for (const auto& operation : history)
            writer.add(operation);
        EXPECT_TRUE(writer.good());
    }
    const auto read = read_history(file_);
    ASSERT_TRUE(read.ok()) << read.error().message;
    ASSERT_EQ(read->size(), history.size());
    for (std::size_t i = 0; i < history.size(); ++i)
        expect_equal((*read)[i], history[i]);
}

TEST_F(HistoryFileTest, TheFormIsTheOneOfTheManual) {
    write(good_line);
    const auto history = read_history(file_);
    ASSERT_TRUE(history.ok()) << history.error().message;
    ASSERT_EQ(history->size(), 1U);
    expect_equal(history->front(), {.id = 1,
                                    .client = "a",
                                    .node = 2,
                                    .op = Op::put,
                                    .key = "x",
                                    .value = "1",
                                    .call = Instant{Duration{10}},
                                    .returned = Instant{Duration{20}},
                                    .revision = 7});
    HistoryWriter(file_).add(history->front());
    std::ifstream again(file_);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), good_line);
}

TEST_F(HistoryFileTest, MembersThatMayBeAbsent) {
    EXPECT_EQ(complaint_about(
                  R"({"id":1,"client":"a","op":"get","key":"x","call_ns":1,"return_ns":2,"outcome":"ok"})"
                  "\n"),
              "");
    EXPECT_EQ(
        complaint_about(R"({"id":1,"client":"a","op":"delete","key":"x","call_ns":1,"outcome":"unknown"})"),
        "");
    EXPECT_EQ(complaint_about(""), "");
}

TEST_F(HistoryFileTest, ALineThatIsCutOff) {
    const std::string two = std::string(good_line) + std::string(good_line);
    EXPECT_EQ(complaint_about(two.substr(0, two.size() - 1)), "") << "only the end of the line is missing";
    for (std::size_t size = good_line.size() + 1; size < two.size() - 1; ++size)
        ASSERT_EQ(complaint_about(two.substr(0, size)),
                  ":2: the file ends in the middle of it: was its writer killed?");
}

TEST_F(HistoryFileTest, WhatIsWrongWithALine) {
    const auto id = R"("id":1)";
    const auto outcome = R"("outcome":"ok")";
    EXPECT_EQ(complaint_about("\n"), ":1: it is no JSON, at byte 1");
    EXPECT_EQ(complaint_about("{} {}\n"), ":1: it is no JSON, at byte 4");
    EXPECT_EQ(complaint_about("[1]\n"), ":1: it is no object");
    EXPECT_EQ(complaint_about(std::string(good_line) + "\xff\n"), ":2: it is no JSON, at byte 1");
    EXPECT_EQ(complaint_about(with(id, R"("no":1)")), ":1: \"id\" is missing");
    EXPECT_EQ(complaint_about(with(id, R"("id":-1)")), ":1: \"id\" is no integer in its range");
    EXPECT_EQ(complaint_about(with(id, R"("id":1.5)")), ":1: \"id\" is no integer in its range");
    EXPECT_EQ(complaint_about(with(id, R"("id":"1")")), ":1: \"id\" is no integer in its range");
    EXPECT_EQ(complaint_about(with(outcome, R"("outcome":"perhaps")")), ":1: \"outcome\" is \"perhaps\"");
    EXPECT_EQ(complaint_about(with(outcome, R"("outcome":1)")), ":1: \"outcome\" is no string");
    EXPECT_EQ(complaint_about(with(R"("put")", R"("txn")")), ":1: \"op\" is \"txn\"");
    EXPECT_EQ(complaint_about(with(R"("args":"1")", R"("args":null)")), ":1: \"args\" is missing");
    EXPECT_EQ(complaint_about(with(R"("args":"1")", R"("args":"\u0100")")),
              ":1: \"args\" has a character above U+00FF");
    EXPECT_EQ(complaint_about(with("20", "9")), ":1: it returned before it was called");
    EXPECT_EQ(complaint_about(with("20", "null")), ":1: \"return_ns\" is missing");
    EXPECT_EQ(complaint_about(with("20", "9223372036854775807")),
              ":1: \"return_ns\" is no integer in its range");
    EXPECT_EQ(complaint_about(with("20", "18446744073709551615")),
              ":1: \"return_ns\" is no integer in its range");
}

TEST_F(HistoryFileTest, Limits) {
    write(std::string(good_line) + std::string(good_line));
    EXPECT_EQ(complaint({.operations_max = 2}), "");
    EXPECT_EQ(complaint({.operations_max = 1}), ":2: more than 1 operations");
    EXPECT_EQ(complaint({.line_bytes_max = good_line.size()}), "");
    EXPECT_EQ(complaint({.line_bytes_max = 50}), ":1: longer than 50 bytes");
}

TEST_F(HistoryFileTest, WhatIsNoFile) {
    EXPECT_EQ(complaint(), ": cannot be read");
    EXPECT_FALSE(read_history(std::filesystem::temp_directory_path()).ok());
    EXPECT_FALSE(HistoryWriter(file_ / "below").good());
}

}  // namespace
}  // namespace kvbus::linearizability
