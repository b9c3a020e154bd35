// What is linearizable and what isn't, by example.
#include "linearizability/checker.h"

#include <algorithm>
#include <ostream>

#include <gtest/gtest.h>

#include "linearizability/notation.h"

namespace kvbus::linearizability {
namespace {

struct Example {
    std::string_view name;
    Verdict verdict;
    std::vector<std::string_view> history;
    std::string_view unplaced = "";  // the operation that the explanation names first
};

void PrintTo(const Example& example, std::ostream* out) {
    *out << example.name;
}

constexpr auto legal = Verdict::linearizable;
constexpr auto illegal = Verdict::not_linearizable;

std::vector<Example> examples() {
    return {
        {"Nothing", legal, {}},
        {"ReadOfNothing", legal, {"0-10 a get none"}},
        {"OwnWrite", legal, {"0-10 a put 1", "20-30 a get 1"}},
        {"StaleRead", illegal, {"0-10 a put 1", "20-30 a put 2", "40-50 b get 1"}, "#3 b get"},
        {"LostWrite", illegal, {"0-10 a put 1", "20-30 b get none"}, "#2 b get"},
        {"ReadFromNowhere", illegal, {"0-10 a put 1", "20-30 b get 7"}, "#2 b get"},
        {"ReadFromTheFuture", illegal, {"0-10 a get 1", "20-30 b put 1"}, "#1 a get"},
        {"ReadDuringWriteSeesOld", legal, {"0-10 a put 1", "20-50 a put 2", "30-40 b get 1"}},
        {"ReadDuringWriteSeesNew", legal, {"0-10 a put 1", "20-50 a put 2", "30-40 b get 2"}},
        {"ReadsDuringWriteGoForward",
         legal,
         {"0-10 a put 1", "20-70 a put 2", "30-40 b get 1", "50-60 b get 2"}},
        {"ReadsDuringWriteGoBackward",
         illegal,
         {"0-10 a put 1", "20-70 a put 2", "30-40 b get 2", "50-60 c get 1"},
         "#4 c get"},
        {"ConcurrentReadsMayDiffer",
         legal,
         {"0-10 a put 1", "20-70 a put 2", "30-50 b get 2", "40-60 c get 1"}},
        {"ConcurrentWritesInTheOneOrder", legal, {"0-20 a put 1", "10-30 b put 2", "40-50 c get 1"}},
        {"ConcurrentWritesInTheOther", legal, {"0-20 a put 1", "10-30 b put 2", "40-50 c get 2"}},
        {"ConcurrentWritesInBothOrders",
         illegal,
         {"0-20 a put 1", "10-30 b put 2", "40-50 c get 1", "60-70 c get 2"},
         "#4 c get"},
        {"BothWritesSeenInTurn",
         legal,
         {"0-100 a put 1", "0-100 b put 2", "10-20 c get 1", "30-40 c get 2", "110-120 c get 2"}},
        {"ReadersDisagreeOnTheOrder",
         illegal,
         {"0-100 a put 1", "0-100 b put 2", "10-20 c get 1", "30-40 c get 2", "50-60 d get 1"},
         "#5 d get"},
        {"EqualTimesAreConcurrent", legal, {"0-10 a put 1", "10-20 b get none"}},

        {"FailedWriteIsNotRead", legal, {"0-10 a put 1", "20-30! a put 2", "40-50 b get 1"}},
        {"FailedWriteIsRead", illegal, {"0-10 a put 1", "20-30! a put 2", "40-50 b get 2"}, "#3 b get"},
        {"FailedReadSaysNothing", legal, {"0-10 a put 1", "20-30! b get none"}},

        {"Delete", legal, {"0-10 a put 1", "20-30 a delete", "40-50 b get none"}},
        {"DeleteOfNothing", legal, {"0-10 a delete", "20-30 b get none"}},
        {"ResurrectedAfterDelete", illegal, {"0-10 a put 1", "20-30 a delete", "40-50 b get 1"}, "#3 b get"},
        {"DeleteUndone",
         illegal,
         {"0-10 a put 1", "20-50 a delete", "30-40 b get none", "60-70 b get 1"},
         "#4 b get"},
        {"PutAgainAfterDelete", legal, {"0-10 a put 1", "20-30 a delete", "40-50 a put 1", "60-70 b get 1"}},
        {"GoneWithoutADelete", illegal, {"0-10 a put 1", "20-30 b get 1", "40-50 b get none"}, "#3 b get"},

        {"UnknownWriteTookEffect", legal, {"0-10 a put 1", "20-? b put 2", "40-50 c get 2"}},
        {"UnknownWriteNever", legal, {"0-10 a put 1", "20-? b put 2", "40-50 c get 1"}},
        {"UnknownWriteLate",
         legal,
         {"0-10 a put 1", "20-? b put 2", "40-50 c get 1", "60-70 c get 1", "80-90 c get 2"}},
        {"UnknownWriteAfterItsClientWentOn",
         legal,
         {"0-? a put 1", "20-30 a put 2", "40-50 b get 2", "60-70 b get 1"}},
        {"UnknownWriteOnlyOnce",
         illegal,
         {"0-? a put 1", "20-30 a get 1", "40-50 b put 2", "60-70 c get 1"},
         "#4 c get"},
        {"TwoUnknownWritesOfOneValue",
         legal,
         {"0-? a put 1", "0-? b put 1", "20-30 a get 1", "40-50 b put 2", "60-70 c get 1"}},
        {"UnknownWriteBeforeItsCall", illegal, {"0-10 a get 1", "20-? b put 1"}, "#1 a get"},
        {"UnknownWriteComesAndGoes",
         illegal,
         {"0-10 a put 1", "20-? b put 2", "40-50 c get 2", "60-70 c get 1"},
         "#4 c get"},
        {"UnknownDeleteTookEffect", legal, {"0-10 a put 1", "20-? b delete", "40-50 c get none"}},
        {"UnknownDeleteNever", legal, {"0-10 a put 1", "20-? b delete", "40-50 c get 1"}},
        {"UnknownReadSaysNothing", legal, {"0-10 a put 1", "20-? b get none"}},

        {"SameValueTwice", legal, {"0-10 a put 1", "20-30 a put 2", "40-50 a put 1", "60-70 b get 1"}},
        {"SameValueHeldBack",  // the second put of 1 must wait for the read of 2
         legal,
         {"0-10 a put 1", "20-100 a put 1", "20-30 b put 2", "40-50 c get 2", "60-70 c get 1"}},
        {"SameValueSpentTooEarly",
         illegal,
         {"0-10 a put 1", "20-100 a put 1", "20-30 b put 2", "40-50 c get 2", "60-70 c get 1",
          "80-90 c get 2"},
         "#6 c get"},

        {"KeysAreIndependent", legal, {"0-10 a put 1 on y", "20-30 b get none on x", "20-30 b get 1 on y"}},
        {"OneBadKeyIsEnough",
         illegal,
         {"0-10 a put 1 on y", "20-30 b get 1 on y", "0-10 a put 1 on z", "20-30 b get 2 on z"},
         "#4 b get"},
    };
}

class CheckerTest : public testing::TestWithParam<Example> {};

TEST_P(CheckerTest, Verdict) {
    const auto history = history_of(GetParam().history);
    const auto report = check(history);
    EXPECT_EQ(name_of(report.verdict), name_of(GetParam().verdict)) << text_of(history) << report.explanation;
    EXPECT_EQ(report.explanation.empty(), report.verdict == legal);
    if (report.verdict == legal) return;
    const auto second_line = report.explanation.find('\n') + 1;
    EXPECT_TRUE(std::string_view(report.explanation)
                    .substr(second_line)
                    .starts_with("    " + std::string(GetParam().unplaced)))
        << report.explanation;
}

INSTANTIATE_TEST_SUITE_P(Examples, CheckerTest, testing::ValuesIn(examples()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Explanation, NamesTheReadAndWhatStandsAgainstIt) {
    const auto report = check(history_of({"0-10 a put 1", "20-30 a put 2", "25-? c put 3", "40-50 b get 1"}));
    EXPECT_EQ(report.key, "x");
    EXPECT_EQ(report.explanation,
              "key \"x\": no order of effects has room for\n"
              "    #4 b get -> \"1\" [40, 50]\n"
              "  that value was written by\n"
              "    #1 a put \"1\" [0, 10]\n"
              "  what had returned before it (2 operations) can be put in order\n"
              "    #1 a put \"1\" [0, 10]\n"
              "    #2 a put \"2\" [20, 30]\n"
              "  and leaves \"2\"\n"
              "  writes under way that can't explain it\n"
              "    #3 c put \"3\" [25, ?] (unknown)\n");
}

TEST(Explanation, SaysThatOnlyAFailedWriteHadTheValue) {
    const auto report = check(history_of({"0-10! a put 1", "20-30 b get 1"}));
    EXPECT_EQ(report.explanation,
              "key \"x\": no order of effects has room for\n"
              "    #2 b get -> \"1\" [20, 30]\n"
              "  that value was written by\n"
              "    #1 a put \"1\" [0, 10] (fail)\n"
              "  no operation that succeeded had returned before it\n");
}

TEST(Explanation, StaysShort) {
    std::vector<Operation> history;
    for (int i = 0; i < 1000; ++i) {
        const Instant call{Duration{i * 10}};
        history.push_back(
            {.id = 1, .op = Op::put, .key = "x", .value = "same", .call = call, .returned = call});
    }
    history.push_back(
        {.id = 2, .key = "x", .value = "", .call = never - Duration{2}, .returned = never - Duration{1}});
    const auto report = check(history);
    EXPECT_EQ(report.verdict, illegal);
    EXPECT_LT(std::ranges::count(report.explanation, '\n'), 20) << report.explanation;
}

}  // namespace
}  // namespace kvbus::linearizability
