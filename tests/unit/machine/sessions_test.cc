#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;

TEST(Sessions, ARetryGetsTheSameOutcomeAndChangesNothing) {
    Machine machine;
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", "1"))), ok(2));
    machine.apply(put("a", "2"));
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", "1"))), ok(2));
    EXPECT_THAT(everything(machine), ElementsAre("a=2 2/3/2"));
    EXPECT_EQ(machine.revision(), Revision{3});
}

TEST(Sessions, ARetriedDeleteAnswersWhatItDeletedThen) {
    Machine machine;
    machine.apply(put("a", "1"));
    machine.apply(put("b", "1"));
    EXPECT_EQ(machine.apply(by(1, 1, 1, remove("a", "z"))), ok(4, 2));
    EXPECT_EQ(machine.apply(by(1, 2, 1, remove("a", "z"))), ok(4, 0));
    machine.apply(put("a", "2"));
    EXPECT_EQ(machine.apply(by(1, 1, 1, remove("a", "z"))), ok(4, 2));
    EXPECT_EQ(machine.apply(by(1, 2, 1, remove("a", "z"))), ok(4, 0));
    EXPECT_THAT(everything(machine), ElementsAre("a=2 5/5/1"));
}

TEST(Sessions, WithoutAClientARetryIsAppliedAgain) {
    Machine machine;
    EXPECT_EQ(machine.apply(put("a", "1")), ok(2));
    EXPECT_EQ(machine.apply(put("a", "1")), ok(3));
    EXPECT_EQ(machine.session_count(), 0U);
}

TEST(Sessions, ClientsDoNotShareSequences) {
    Machine machine;
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", "1"))), ok(2));
    EXPECT_EQ(machine.apply(by(2, 1, 1, put("a", "1"))), ok(3));
    EXPECT_EQ(machine.session_count(), 2U);
}

TEST(Sessions, SequencesMayArriveInAnyOrder) {
    Machine machine;
    EXPECT_EQ(machine.apply(by(1, 3, 1, put("c", ""))), ok(2));
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), ok(3));
    EXPECT_EQ(machine.apply(by(1, 3, 1, put("c", ""))), ok(2));
    EXPECT_EQ(machine.apply(by(1, 2, 1, put("b", ""))), ok(4));
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), ok(3));
    EXPECT_EQ(machine.revision(), Revision{4});
}

TEST(Sessions, WhatTheClientHasSeenIsForgottenAndNeverAppliedAgain) {
    Machine machine;
    machine.apply(by(1, 1, 1, put("a", "")));
    machine.apply(by(1, 2, 1, put("b", "")));
    machine.apply(by(1, 3, 3, put("c", "")));
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), refused(Code::stale_request, 4));
    EXPECT_EQ(machine.apply(by(1, 2, 2, put("b", ""))), refused(Code::stale_request, 4));
    EXPECT_EQ(machine.apply(by(1, 3, 3, put("c", ""))), ok(4));
    EXPECT_EQ(machine.revision(), Revision{4});
}

// A delayed duplicate carries the first_unanswered of long ago.
TEST(Sessions, FirstUnansweredNeverMovesBack) {
    Machine machine;
    machine.apply(by(1, 5, 5, put("a", "")));
    EXPECT_EQ(machine.apply(by(1, 6, 1, put("b", ""))), ok(3));
    EXPECT_EQ(machine.apply(by(1, 4, 1, put("x", ""))), refused(Code::stale_request, 3));
    EXPECT_EQ(machine.apply(by(1, 5, 1, put("a", ""))), ok(2));
}

TEST(Sessions, NewsOfAnswersCountsEvenWithARetry) {
    Machine machine;
    machine.apply(by(1, 1, 1, put("a", "")));
    machine.apply(by(1, 2, 1, put("b", "")));
    EXPECT_EQ(machine.apply(by(1, 2, 2, put("b", ""))), ok(3));
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), refused(Code::stale_request, 3));
}

TEST(Sessions, ManyUnansweredAreKeptAcrossGrowthAndWrapAround) {
    Machine machine;
    std::vector<Outcome> outcomes(5001);
    const auto first = [](std::uint64_t sequence) { return sequence > 1000 ? sequence - 1000 : 1; };
    for (std::uint64_t sequence = 1; sequence <= 5000; ++sequence) {
        outcomes[sequence] = machine.apply(by(1, sequence, first(sequence), put("k", "")));
        ASSERT_EQ(outcomes[sequence], ok(sequence + 1));
        const std::uint64_t old = first(sequence) + (sequence * 7) % (sequence - first(sequence) + 1);
        ASSERT_EQ(machine.apply(by(1, old, first(sequence), put("k", ""))), outcomes[old]) << sequence;
    }
}

TEST(Sessions, AJumpForgetsEverythingBefore) {
    Machine machine;
    for (std::uint64_t sequence = 1; sequence <= 10; ++sequence)
        machine.apply(by(1, sequence, 1, put("a", "")));
    const std::uint64_t far = std::uint64_t{1} << 60;
    EXPECT_EQ(machine.apply(by(1, far, far, put("a", ""))), ok(12));
    EXPECT_EQ(machine.apply(by(1, far + 3, far, put("a", ""))), ok(13));
    EXPECT_EQ(machine.apply(by(1, far + 1, far, put("a", ""))), ok(14));  // no outcome of old shows through
    EXPECT_EQ(machine.apply(by(1, 10, 1, put("a", ""))), refused(Code::stale_request, 14));
}

TEST(Sessions, TheHighestSequencesThereAre) {
    Machine machine;
    const std::uint64_t last = ~std::uint64_t{0};
    EXPECT_EQ(machine.apply(by(1, last, last - 1, put("a", ""))), ok(2));
    EXPECT_EQ(machine.apply(by(1, last - 1, last - 1, put("a", ""))), ok(3));
    EXPECT_EQ(machine.apply(by(1, last, last - 1, put("a", ""))), ok(2));
    EXPECT_EQ(machine.apply(by(1, last, last, put("a", ""))), ok(2));
}

TEST(Sessions, TooManyUnansweredAreRefusedAndNotKept) {
    Machine machine({.unanswered_max = 4});
    EXPECT_EQ(machine.apply(by(1, 4, 1, put("a", ""))), ok(2));
    EXPECT_EQ(machine.apply(by(1, 5, 1, put("b", ""))), refused(Code::overloaded, 2));
    EXPECT_EQ(machine.apply(by(1, 5, 2, put("b", ""))), ok(3));
    EXPECT_EQ(machine.revision(), Revision{3});
}

TEST(Sessions, TooManyClientsAreRefused) {
    Machine machine({.sessions_max = 2});
    machine.apply(by(1, 1, 1, put("a", "")));
    machine.apply(by(2, 1, 1, put("b", "")));
    EXPECT_EQ(machine.apply(by(3, 1, 1, put("c", ""))), refused(Code::overloaded, 3));
    EXPECT_EQ(machine.session_count(), 2U);
    EXPECT_EQ(machine.apply(by(1, 2, 1, put("a", ""))), ok(4)) << "those that are there go on";
    EXPECT_EQ(machine.apply(put("c", "")), ok(5)) << "so does a write without a session";
}

TEST(Sessions, IdleOnesAreForgottenAfterTheirTimeAndNoSooner) {
    Machine machine;
    machine.advance(minutes{1});
    machine.apply(by(1, 1, 1, put("a", "")));
    machine.advance(minutes{3});
    machine.apply(by(2, 1, 1, put("b", "")));

    machine.advance(minutes{11});
    EXPECT_EQ(machine.session_count(), 2U);
    machine.advance(minutes{11} + ClusterTime{1});
    EXPECT_EQ(machine.session_count(), 1U);
    EXPECT_EQ(machine.apply(by(2, 1, 1, put("b", ""))), ok(3)) << "the other one is still known";
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), ok(4)) << "this one starts anew";
}

TEST(Sessions, AnyUseKeepsThemAlive) {
    Machine machine;
    machine.apply(by(1, 1, 1, put("a", "")));
    machine.apply(by(2, 1, 1, put("b", "")));
    machine.advance(minutes{6});
    machine.apply(by(1, 1, 1, put("a", "")));  // a retry is a use
    machine.advance(minutes{12});
    EXPECT_EQ(machine.session_count(), 1U);
    EXPECT_EQ(machine.apply(by(1, 1, 1, put("a", ""))), ok(2));
}

TEST(Sessions, AForgottenOneMakesRoom) {
    Machine machine({.sessions_max = 1});
    machine.apply(by(1, 1, 1, put("a", "")));
    EXPECT_EQ(machine.apply(by(2, 1, 1, put("b", ""))), refused(Code::overloaded, 2));
    machine.advance(minutes{11});
    EXPECT_EQ(machine.apply(by(2, 1, 1, put("b", ""))), ok(3));
}

TEST(SessionsDeathTest, AnImpossibleSequenceIsOurBug) {
    Machine machine;
    EXPECT_DEATH(machine.apply(by(1, 1, 2, put("a", ""))), "checked when it was decoded");
    EXPECT_DEATH(machine.apply(by(1, 1, 0, put("a", ""))), "checked when it was decoded");
}

// --- outcomes that say more --------------------------------------------------------------------------------

TEST(Sessions, ARetryGetsTheSameAnswer) {
    Machine machine;
    const Command increment = by(1, 1, 1, command(Increment{"n"}));
    const Command transaction = by(1, 2, 1, command(txn({}, {{RangeQuery{"n"}}, {Append{"n", "0"}}})));
    const Command previous = by(1, 3, 1, command(Put{.key = "n", .value = "x", .prev_kv = true}));
    const Command removal = by(1, 4, 1, command(Delete{.key = "n", .prev_kv = true}));
    const Command lease = by(1, 5, 1, command(LeaseGrant{LeaseId{1}}));
    for (int time = 0; time < 2; ++time) {
        EXPECT_EQ(told(machine.apply(increment)), "2: now 1");
        EXPECT_EQ(told(machine.apply(transaction)), "3: then {1 [n=1]; 2 bytes}");
        EXPECT_EQ(told(machine.apply(previous)), "4: put over [n=10]");
        EXPECT_EQ(told(machine.apply(removal)), "5: deleted 1 [n=x]");
        EXPECT_EQ(told(machine.apply(lease)), "5: lease 1 for 2000 ms");
    }
    EXPECT_EQ(machine.revision(), Revision{5});
}

TEST(Sessions, ARetryOfAFailureFailsAgainEvenIfItCouldBeDoneNow) {
    Machine machine;
    const Command attempt = by(1, 1, 1, command(Put{.key = "a", .lease = LeaseId{1}}));
    EXPECT_EQ(machine.apply(attempt), refused(Code::lease_not_found, 1));
    machine.apply(command(LeaseGrant{LeaseId{1}}));
    machine.apply(put("b", ""));
    EXPECT_EQ(machine.apply(attempt), refused(Code::lease_not_found, 1)) << "with the revision of then";
    EXPECT_EQ(machine.key_count(), 1U);
}

TEST(Sessions, ARetriedCompactionIsNotRefused) {
    Machine machine;
    machine.apply(put("a", ""));
    EXPECT_EQ(machine.apply(by(1, 1, 1, command(Compact{Revision{2}}))), ok(2));
    EXPECT_EQ(machine.apply(by(1, 1, 1, command(Compact{Revision{2}}))), ok(2));
}

TEST(Sessions, TooMuchUnansweredIsRefusedUntilTheClientHasSeenSome) {
    Machine machine({.unanswered_bytes_max = 10'000});
    machine.apply(put("a", std::string(6000, 'v')));
    const auto read = [](std::uint64_t sequence, std::uint64_t first) {
        return by(1, sequence, first, command(txn({}, {{RangeQuery{"a"}}})));
    };
    EXPECT_EQ(machine.apply(read(1, 1)).code, Code::ok);
    EXPECT_EQ(machine.apply(read(2, 1)).code, Code::ok) << "it was below the limit before";
    EXPECT_EQ(machine.apply(read(3, 1)), refused(Code::overloaded, 2));
    EXPECT_EQ(machine.apply(by(1, 3, 1, put("b", ""))), refused(Code::overloaded, 2));
    EXPECT_EQ(machine.apply(read(2, 1)).code, Code::ok) << "retries are still answered";
    EXPECT_EQ(machine.apply(by(2, 1, 1, put("b", ""))), ok(3)) << "and so are others";
    EXPECT_EQ(machine.apply(by(1, 3, 2, put("c", ""))), ok(4)) << "and the refusal was not kept";
    EXPECT_EQ(machine.apply(read(4, 4)).code, Code::ok);
}

TEST(Sessions, AnswersGoAsSoonAsTheClientHasSeenThem) {
    Machine machine;
    const Outcome outcome = machine.apply(by(1, 1, 1, command(Increment{"n"})));
    for (std::uint64_t sequence = 2; sequence < 10; ++sequence)
        machine.apply(by(1, sequence, 1, put("a", "")));
    const auto kept = outcome.answer.use_count();
    machine.apply(by(1, 10, 2, put("a", "")));
    EXPECT_EQ(outcome.answer.use_count(), kept - 1);
}

}  // namespace
}  // namespace kvbus::machine
