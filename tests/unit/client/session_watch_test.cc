// Requests that a node may hold: watches and campaigns.
#include "unit/client/session_fixture.h"

namespace kvbus::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class SessionWatchTest : public SessionTest {
  protected:
    SessionWatchTest() { leader = 1; }

    Token watch(std::uint64_t from, Duration timeout = 60s) {
        return submit(wire::WatchRequest{.key = "k", .range_end = "l", .from = Revision{from}}, timeout);
    }
    Token campaign(Duration timeout) {
        return submit(machine::without_session(machine::Campaign{"name", "value", LeaseId{7}}), timeout);
    }
    static const wire::WatchRequest& watch_of(const wire::Request& request) {
        return std::get<wire::WatchRequest>(request.body);
    }
    void answer_watch(std::uint64_t number, const wire::Request& request, std::uint64_t next) {
        std::string frame;
        wire::WatchReplyBuilder().append_to(frame, head(number, request, wire::RequestType::watch),
                                            Revision{next}, 0);
        receive(number, frame);
    }
};

TEST_F(SessionWatchTest, ANodeMayHoldAWatchForFiveSeconds) {
    start_connected();
    watch(7);
    const auto request = one_sent_to(1);
    EXPECT_EQ(request.timeout_ms, 5000U);
    EXPECT_EQ(watch_of(request).key, "k");
    EXPECT_EQ(watch_of(request).range_end, "l");
    EXPECT_EQ(watch_of(request).from, Revision{7});
    advance(5s);
    expect_silence(2);
    answer_watch(1, request, 9);
    const auto all = take_done();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(std::get<wire::WatchReply>(all[0].reply.body).next, Revision{9});
}

TEST_F(SessionWatchTest, ANodeThatDoesNotAnswerInTimeIsLeft) {
    start_connected();
    watch(7);
    const auto first = one_sent_to(1);
    advance(5999ms);
    expect_silence(2);
    advance(1ms);
    const auto second = one_sent_to(2);
    EXPECT_EQ(watch_of(second).from, Revision{7});
    answer_watch(2, second, 8);
    EXPECT_EQ(outcome(), Code::ok);
    answer_watch(1, first, 8);
    EXPECT_THAT(outcomes(), IsEmpty());
}

TEST_F(SessionWatchTest, ALostConnectionMovesItAtOnce) {
    start_connected();
    watch(7);
    (void)one_sent_to(1);
    lose(1);
    EXPECT_EQ(watch_of(one_sent_to(2)).from, Revision{7});
}

TEST_F(SessionWatchTest, WaitsForAConnectionLongerThanOtherCalls) {
    options.connect_timeout = 100ms;
    start();
    watch(7);
    get("a", 60s);
    advance(100ms);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(2, Code::connection)));
    advance(30s);
    connect(2);
    EXPECT_EQ(watch_of(one_sent_to(2)).from, Revision{7});
}

TEST_F(SessionWatchTest, ARefusalThatMayPassIsTriedAgainLater) {
    for (const Code code : {Code::unavailable, Code::overloaded, Code::timeout}) {
        start_connected();
        watch(7);
        refuse(1, one_sent_to(1), code);
        EXPECT_THAT(outcomes(), IsEmpty());
        for (int number : {1, 2, 3})
            expect_silence(number);
        advance(4ms);
        EXPECT_EQ(sent_to(1).size() + sent_to(2).size(), 1U) << name_of(code);
    }
}

TEST_F(SessionWatchTest, ARefusalThatWillNotPassEndsIt) {
    for (const Code code : {Code::compacted, Code::future_revision, Code::invalid_argument}) {
        start_connected();
        watch(7);
        refuse(1, one_sent_to(1), code);
        EXPECT_EQ(outcome(), code);
    }
}

TEST_F(SessionWatchTest, ANodeWithoutALeaderIsBelievedAndThenLeft) {
    start_connected();
    leader = 0;
    watch(7);
    answer_watch(1, one_sent_to(1), 9);
    EXPECT_EQ(outcome(), Code::ok);
    watch(9);
    expect_silence(1);
    answer_watch(2, one_sent_to(2), 9);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionWatchTest, AReplyThatGoesBackIsIgnored) {
    start_connected();
    watch(7);
    const auto request = one_sent_to(1);
    answer_watch(1, request, 6);
    EXPECT_EQ(session->bad_replies(), 1U);
    EXPECT_THAT(outcomes(), IsEmpty());
    answer_watch(1, request, 7);
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionWatchTest, WatchesAndOtherCallsHaveBoundsOfTheirOwn) {
    options.calls_max = 2;
    options.watches_max = 3;
    start_connected();
    for (int i = 0; i < 4; ++i)
        watch(7);
    EXPECT_EQ(outcome(), Code::overloaded);
    get("a");
    get("b");
    EXPECT_THAT(outcomes(), IsEmpty());
    get("c");
    EXPECT_EQ(outcome(), Code::overloaded);
    const auto requests = sent_to(1);
    ASSERT_THAT(requests, SizeIs(5));
    answer_watch(1, requests[0], 9);
    EXPECT_EQ(outcome(), Code::ok);
    watch(9);
    EXPECT_THAT(outcomes(), IsEmpty());
    EXPECT_THAT(sent_to(1), SizeIs(1));
}

TEST_F(SessionWatchTest, ClosingEndsThem) {
    start_connected();
    watch(7);
    watch(8);
    (void)sent_to(1);
    session->close();
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::closed), Pair(2, Code::closed)));
}

// --- campaigns -------------------------------------------------------------------------------------------

TEST_F(SessionWatchTest, ANodeMayHoldACampaignUntilItsDeadline) {
    start_connected();
    campaign(20s);
    const auto request = one_sent_to(1);
    EXPECT_EQ(request.timeout_ms, 18'000U);
    EXPECT_TRUE(command_of(request).sequence);
    advance(19'999ms);
    for (int number : {1, 2, 3})
        expect_silence(number);
    EXPECT_THAT(outcomes(), IsEmpty());
    advance(1ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
    campaign(20s);
    expect_silence(1);
    (void)one_sent_to(2);
}

TEST_F(SessionWatchTest, ACampaignMovesWithItsSequence) {
    start_connected();
    campaign(20s);
    const auto first = one_sent_to(1);
    lose(1);
    const auto second = one_sent_to(2);
    EXPECT_EQ(command_of(second).sequence, command_of(first).sequence);
    refuse(2, second, Code::not_first);
    EXPECT_EQ(outcome(), Code::not_first);
}

}  // namespace
}  // namespace kvbus::client
