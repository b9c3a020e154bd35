// What a call that is out of time tells its caller: whether it may have been applied, and what to do.
#include "unit/client/session_fixture.h"

namespace kvbus::client {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class DeadlineTest : public SessionTest {
  protected:
    // Plays the same story with a write and with a read that have 500 ms to go.
    void expect(Code write, Code read, std::string_view message, const std::function<void()>& play) {
        for (const bool is_write : {true, false}) {
            start();
            if (is_write) {
                put("k", "v", 500ms);
            } else {
                get("k", 500ms);
            }
            play();
            EXPECT_THAT(take_done(), IsEmpty()) << "too early";
            advance(500ms);
            EXPECT_EQ(outcome(), is_write ? write : read);
            if (is_write) continue;
            EXPECT_THAT(last_message, HasSubstr(message));
        }
    }
};

TEST_F(DeadlineTest, NothingEverConnected) {
    expect(Code::connection, Code::connection, "connection refused", [&] {
        lose(1, "connection refused");
        lose(2, "host name not found");
    });
    EXPECT_THAT(last_message, AllOf(HasSubstr("cannot reach any of tcp://node1:4370 (connection refused), "),
                                    HasSubstr("tcp://node2:4370 (host name not found)")));
}

TEST_F(DeadlineTest, ACallWaitsForAFirstConnectionNoLongerThanItMay) {
    options.connect_timeout = 200ms;
    start();
    put("a");
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    advance(199ms);
    EXPECT_THAT(take_done(), IsEmpty());
    advance(1ms);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::connection), Pair(2, Code::connection)));

    put("b");
    advance(100ms);
    connect(1);
    one_sent_to(1);
    advance(500ms);
    lose(1);  // from here on the whole time counts: it may have been applied
    advance(4s);
    EXPECT_THAT(take_done(), IsEmpty());
    advance(400ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
}

TEST_F(DeadlineTest, ConnectedWithoutAnswer) {
    expect(Code::outcome_unknown, Code::timeout, "no answer from tcp://node1:4370", [&] {
        connect(1);
        one_sent_to(1);
    });
}

TEST_F(DeadlineTest, SentAndLostForGood) {
    expect(Code::outcome_unknown, Code::connection, "connection lost", [&] {
        connect(1);
        one_sent_to(1);
        lose(1);
    });
}

TEST_F(DeadlineTest, RefusedByEveryTry) {
    expect(Code::unavailable, Code::unavailable, "no leader, said tcp://node1:4370", [&] {
        connect(1);
        for (int tries = 0; tries < 3; ++tries) {
            refuse(1, one_sent_to(1), Code::unavailable, "no leader");
            if (tries < 2) advance(20ms);
        }
        lose(1);
    });
}

TEST_F(DeadlineTest, RefusedAfterAnUnansweredTry) {
    expect(Code::outcome_unknown, Code::unavailable, "no leader", [&] {
        connect(1);
        connect(2);
        one_sent_to(1);
        lose(1);
        refuse(2, one_sent_to(2), Code::unavailable, "no leader");
        lose(2);
    });
}

TEST_F(DeadlineTest, UnansweredAfterARefusal) {
    expect(Code::outcome_unknown, Code::timeout, "2 tries", [&] {
        connect(1);
        refuse(1, one_sent_to(1), Code::unavailable, "no leader");
        advance(4ms);
        one_sent_to(1);
    });
}

TEST_F(DeadlineTest, TheNodeDoesNotKnow) {
    expect(Code::outcome_unknown, Code::timeout, "in doubt", [&] {
        connect(1);
        refuse(1, one_sent_to(1), Code::outcome_unknown, "in doubt");
        lose(1);
    });
}

TEST_F(DeadlineTest, ADoubtfulWriteSaysWhy) {
    start_connected();
    put("unanswered", "v", 100ms);
    one_sent_to(1);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
    EXPECT_THAT(last_message, AllOf(HasSubstr("no answer from tcp://node1:4370"), HasSubstr("read the key")));

    put("refused when tried again", "v", 100ms);
    one_sent_to(1);
    lose(1);
    refuse(2, one_sent_to(2), Code::unavailable, "no leader");
    lose(2);
    lose(3);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
    EXPECT_THAT(last_message, AllOf(HasSubstr("an earlier try was not answered"), HasSubstr("no leader")));

    connect(1);
    put("the node's own doubt", "v", 100ms);
    refuse(1, one_sent_to(1), Code::outcome_unknown, "no quorum in time");
    lose(1);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
    EXPECT_THAT(last_message, HasSubstr("no quorum in time, said tcp://node1:4370; read the key"));
}

TEST_F(DeadlineTest, ACallToOneEndpointNamesThatOne) {
    start();
    connect(1);
    lose(2, "connection refused");
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 100ms);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::connection);
    EXPECT_THAT(last_message, HasSubstr("tcp://node2:4370: connection refused"));

    session->submit_to(now, ++tokens, url(1), wire::StatusRequest{}, now + 100ms);
    one_sent_to(1);
    advance(100ms);
    EXPECT_EQ(outcome(), Code::timeout);
    EXPECT_THAT(last_message, HasSubstr("no answer from tcp://node1:4370"));
}

TEST_F(DeadlineTest, ComesEvenWhileBackingOff) {
    start_connected();
    put("a", "v", 3ms);
    refuse(1, one_sent_to(1), Code::overloaded, "busy");
    const Instant submitted = now;
    while (session->deadline() < never && take_done().empty() && now < submitted + 1s) {
        now = session->deadline();
        session->tick(now);
        if (now - submitted >= 3ms) break;
        for (const auto& request : sent_to(1))
            refuse(1, request, Code::overloaded, "busy");
    }
    EXPECT_EQ(now - submitted, 3ms);
    EXPECT_EQ(outcome(), Code::overloaded);
}

TEST_F(DeadlineTest, AWriteGivenUpNoLongerHoldsBackFirstUnanswered) {
    start_connected();
    put("a", "v", 500ms);
    one_sent_to(1);
    advance(500ms);
    EXPECT_EQ(outcome(), Code::outcome_unknown);
    put("b");
    const auto request = one_sent_to(1);
    EXPECT_EQ(command_of(request).sequence.value, 2U);
    EXPECT_EQ(command_of(request).first_unanswered.value, 2U);
}

}  // namespace
}  // namespace kvbus::client
