// What happens to a call when nodes die, are slow, refuse, or talk nonsense.
#include "unit/client/session_fixture.h"

namespace kvbus::client {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class SessionRetryTest : public SessionTest {};

TEST_F(SessionRetryTest, ALostConnectionSendsWhatWasOutstandingElsewhereAtOnce) {
    start_connected();
    put("a");
    get("b");
    const auto first = sent_to(1);
    ASSERT_THAT(first, SizeIs(2));
    lose(1);
    const auto second = sent_to(2);
    ASSERT_THAT(second, SizeIs(2));
    EXPECT_EQ(command_of(second[0]).client, command_of(first[0]).client);
    EXPECT_EQ(command_of(second[0]).sequence, command_of(first[0]).sequence);
    EXPECT_EQ(std::get<machine::Put>(command_of(second[0]).operation).key, "a");
    for (const auto& request : second)
        answer(2, request);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::ok), Pair(2, Code::ok)));
}

TEST_F(SessionRetryTest, WithNoOtherEndpointItWaitsForTheConnectionToComeBack) {
    options.endpoints = {url(1)};
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    lose(1);
    expect_silence(1);
    advance(300ms);
    connect(1);
    const auto second = one_sent_to(1);
    EXPECT_EQ(command_of(second).sequence, command_of(first).sequence);
    answer(1, second);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, NoAnswerForASecondMovesToAnotherEndpoint) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    advance(999ms);
    for (int number : {1, 2, 3})
        expect_silence(number);
    advance(1ms);
    expect_silence(1);
    const auto second = one_sent_to(2);
    EXPECT_EQ(command_of(second).sequence, command_of(first).sequence);
    put("b");  // the silent one is avoided by others too
    expect_silence(1);
    one_sent_to(2);
}

TEST_F(SessionRetryTest, UnavailableIsTriedLaterAndElsewhere) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    refuse(1, first, Code::unavailable);
    for (int number : {1, 2, 3})
        expect_silence(number);
    advance(4ms);
    expect_silence(1);
    const auto second = one_sent_to(2);
    EXPECT_EQ(command_of(second).sequence, command_of(first).sequence);
    answer(2, second);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, OverloadedIsTriedLaterAtTheSameEndpoint) {
    start_connected();
    put("a");
    refuse(1, one_sent_to(1), Code::overloaded);
    expect_silence(1);
    advance(4ms);
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, BackingOffGrowsToALimitAndIsJittered) {
    options.endpoints = {url(1)};
    start_connected();
    put("a", "v", 60s);
    std::vector<Duration> waits;
    for (int tries = 0; tries < 12; ++tries) {
        refuse(1, one_sent_to(1), Code::overloaded);
        const Instant refused_at = now;
        now = session->deadline();
        session->tick(now);
        waits.push_back(now - refused_at);
    }
    Duration longest = options.backoff_min;
    for (const Duration wait : waits) {
        EXPECT_GE(wait, longest / 2);
        EXPECT_LE(wait, longest);
        longest = std::min(longest * 2, options.backoff_max);
    }
    EXPECT_GE(waits.back(), options.backoff_max / 2);
    EXPECT_NE(waits.back(), waits[waits.size() - 2]);
}

TEST_F(SessionRetryTest, ANodeThatDoesNotKnowTheOutcomeIsAskedAgain) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    refuse(1, first, Code::outcome_unknown);
    advance(4ms);
    const auto second = one_sent_to(1);
    EXPECT_EQ(command_of(second).sequence, command_of(first).sequence);
    answer(1, second, 42);
    EXPECT_EQ(outcome(), Code::ok);
}

// --- settled once ----------------------------------------------------------------------------------------

TEST_F(SessionRetryTest, ALateAnswerToAnEarlierTrySettlesTheCall) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    advance(1s);
    const auto second = one_sent_to(2);
    answer(1, first, 7);
    EXPECT_EQ(outcome(), Code::ok);
    answer(2, second, 7);
    EXPECT_THAT(outcomes(), IsEmpty());
}

TEST_F(SessionRetryTest, ALateRefusalOfAnEarlierTryChangesNothing) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    advance(1s);
    const auto second = one_sent_to(2);
    refuse(1, first, Code::no_space);
    EXPECT_THAT(outcomes(), IsEmpty());
    refuse(1, first, Code::unavailable);
    advance(10ms);
    for (int number : {1, 2, 3})
        expect_silence(number);
    answer(2, second);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, RepeatedAnswersAndRefusalsAreIgnored) {
    start_connected();
    put("a");
    const auto first = one_sent_to(1);
    refuse(1, first, Code::overloaded);
    const Instant next_try = session->deadline();
    now = next_try - 1us;
    refuse(1, first, Code::overloaded);
    EXPECT_EQ(session->deadline(), next_try);
    advance(1us);
    const auto second = one_sent_to(1);
    answer(1, second);
    answer(1, second);
    EXPECT_EQ(outcome(), Code::ok);
    get("b");  // takes over the slot
    const auto third = one_sent_to(1);
    answer(1, second);
    refuse(1, first, Code::no_space);
    EXPECT_THAT(outcomes(), IsEmpty());
    answer(1, third);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, RepliesThatMakeNoSenseAreCountedAndIgnored) {
    start_connected();
    put("a");
    const auto request = one_sent_to(1);
    receive(1, "garbage");
    receive(1, std::string(100, '\xdd'));
    receive(1, "");
    EXPECT_EQ(session->bad_replies(), 2U);

    std::string wrong_type;
    wire::append_range_reply(wrong_type, head(1, request, wire::RequestType::range), {}, false);
    receive(1, wrong_type);
    EXPECT_EQ(session->bad_replies(), 3U);

    wire::Request stranger = request;
    stranger.id = ~std::uint64_t{0};
    answer(1, stranger);
    stranger.id = 0;
    answer(1, stranger);
    EXPECT_THAT(outcomes(), IsEmpty());
    answer(1, request);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionRetryTest, AnswersBeforeGarbageInAFrameCount) {
    start_connected();
    put("a");
    std::string frame;
    wire::append_write_reply(frame, head(1, one_sent_to(1), wire::RequestType::put),
                             {Code::ok, Revision{2}, 0});
    receive(1, frame + "garbage");
    EXPECT_EQ(outcome(), Code::ok);
    EXPECT_EQ(session->bad_replies(), 1U);
}

// --- definite refusals -----------------------------------------------------------------------------------

TEST_F(SessionRetryTest, ADefiniteRefusalOfTheOnlyTryIsFinal) {
    for (const Code code : {Code::no_space, Code::invalid_argument, Code::too_large, Code::malformed,
                            Code::unsupported, Code::internal}) {
        start_connected();
        put("a");
        refuse(1, one_sent_to(1), code, "the reason");
        EXPECT_EQ(outcome(), code);
        EXPECT_EQ(last_message, "the reason");
    }
}

TEST_F(SessionRetryTest, ADefiniteRefusalAfterAnUnansweredTryLeavesAWriteUnknown) {
    start_connected();
    put("a");
    get("b");
    sent_to(1);
    lose(1);
    for (const auto& request : sent_to(2))
        refuse(2, request, Code::no_space, "the disk is full");
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::outcome_unknown), Pair(2, Code::no_space)));
}

TEST_F(SessionRetryTest, AStaleRequestMayHaveBeenApplied) {
    start_connected();
    put("a");
    refuse(1, one_sent_to(1), Code::stale_request);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
}

// --- another cluster -------------------------------------------------------------------------------------

TEST_F(SessionRetryTest, AnEndpointOfAnotherClusterIsNotUsed) {
    start_connected();
    get("a");
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::ok);
    lose(1);
    put("b");
    const auto to_foreigner = one_sent_to(2);
    cluster = 666;
    answer(2, to_foreigner);
    EXPECT_THAT(outcomes(), IsEmpty());
    expect_silence(2);
    cluster = 9;
    answer(3, one_sent_to(3));
    EXPECT_EQ(outcome(), Code::ok);

    lose(3);
    lose(1, "connection refused");
    put("c", "v", 100ms);
    expect_silence(2);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::connection);
    EXPECT_THAT(last_message, HasSubstr("it belongs to cluster 666, the others to 9"));
}

TEST_F(SessionRetryTest, WhenTheOnlyEndpointBecomesAnotherClusterCallsFail) {
    options.endpoints = {url(1)};
    start_connected();
    get("a");
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::ok);
    get("b");
    cluster = 666;
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::wrong_cluster);
    get("c");
    EXPECT_EQ(outcome(), Code::wrong_cluster);
}

}  // namespace
}  // namespace kvbus::client
