// How a session finds the other members and moves to the leader.
#include "unit/client/session_fixture.h"

namespace kvbus::client {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SessionMembersTest : public SessionTest {
  protected:
    SessionMembersTest() { options = {.endpoints = {url(1)}, .client = ClientId{77}}; }

    static bool is_fetch(const wire::Request& request) {
        return std::holds_alternative<wire::MembersRequest>(request.body);
    }
    static Member member(std::uint64_t number, std::string client_url) {
        return {NodeId{number}, "n" + std::to_string(number), "", std::move(client_url)};
    }
    static std::vector<Member> three() { return {member(1, url(1)), member(2, url(2)), member(3, url(3))}; }

    // Connects to node 1, which tells who the members are.
    void start_with(const std::vector<Member>& members) {
        start_connected();
        const auto request = one_sent_to(1);
        ASSERT_TRUE(is_fetch(request));
        answer_members(1, request, members);
    }
    std::vector<std::string> wanted() const {
        std::vector<std::string> urls;
        const Endpoints& endpoints = session->endpoints();
        for (EndpointId id{1}; id.value <= endpoints.count(); ++id.value) {
            if (endpoints.wanted(id)) urls.push_back(endpoints.url(id));
        }
        return urls;
    }
};

TEST_F(SessionMembersTest, LearnsTheOtherMembersWhenItConnects) {
    start_with(three());
    EXPECT_THAT(wanted(), testing::ElementsAre(url(1), url(2), url(3)));
    EXPECT_THAT(take_done(), IsEmpty()) << "the fetch is nobody's call";
}

TEST_F(SessionMembersTest, FailsOverToALearnedMember) {
    start_with(three());
    connect(2);
    put("a");
    one_sent_to(1);
    lose(1);
    answer(2, one_sent_to(2));
    EXPECT_EQ(outcome(), Code::ok);
}

TEST_F(SessionMembersTest, MovesToTheLeaderAndBackWhenThatChanges) {
    start_with(three());
    for (int number : {2, 3})
        connect(number);
    leader = 3;
    put("a");
    answer(1, one_sent_to(1));
    put("b");
    answer(3, one_sent_to(3));
    leader = 2;
    term = 2;
    put("c");
    answer(3, one_sent_to(3));
    put("d");
    answer(2, one_sent_to(2));
    EXPECT_THAT(take_done(), SizeIs(4));
}

TEST_F(SessionMembersTest, NewsOfAnOlderTermDoesNotMoveIt) {
    start_with(three());
    for (int number : {2, 3})
        connect(number);
    leader = 3;
    term = 5;
    put("a");
    put("b");
    const auto requests = sent_to(1);
    answer(1, requests[0]);
    leader = 2;
    term = 4;
    answer(1, requests[1]);
    put("c");
    one_sent_to(3);
}

TEST_F(SessionMembersTest, DoesNotMoveToALeaderThatIsNotConnected) {
    start_with(three());
    connect(2);
    leader = 3;
    put("a");
    answer(1, one_sent_to(1));
    put("b");
    answer(1, one_sent_to(1));
    connect(3);
    put("c");
    one_sent_to(3);
}

TEST_F(SessionMembersTest, LeavesASilentLeaderForAWhileOnly) {
    start_with(three());
    connect(2);
    leader = 1;
    put("a");
    answer(1, one_sent_to(1));
    put("b");
    one_sent_to(1);
    advance(1s);
    answer(2, one_sent_to(2));
    put("c");
    answer(2, one_sent_to(2));
    advance(1s);
    put("d");
    one_sent_to(1);
}

TEST_F(SessionMembersTest, StaysOnItsEndpointsWhenToldTo) {
    options = {.endpoints = {url(1), url(2)}, .stay_on_endpoints = true, .client = ClientId{77}};
    leader = 2;
    start_connected();
    expect_silence(1);
    put("a");
    answer(1, one_sent_to(1));
    put("b");
    one_sent_to(1);
    advance(10min);
    for (int number : {1, 2}) {
        for (const auto& request : sent_to(number))
            EXPECT_FALSE(is_fetch(request));
    }
}

TEST_F(SessionMembersTest, AsksAgainAtGrowingIntervalsWhileAPlaceIsUnknown) {
    start_with({member(1, url(1)), member(2, "")});
    for (const Duration interval : {1s, 2s, 4s}) {
        advance(interval - 1ms);
        expect_silence(1);
        advance(1ms);
        const auto request = one_sent_to(1);
        ASSERT_TRUE(is_fetch(request));
        answer_members(1, request, {member(1, url(1)), member(2, "")});
    }
    advance(8s);
    answer_members(1, one_sent_to(1), three());
    EXPECT_THAT(wanted(), SizeIs(3));
    advance(59s);
    expect_silence(1);
    advance(1s);
    EXPECT_TRUE(is_fetch(one_sent_to(1)));
}

TEST_F(SessionMembersTest, AsksSoonWhenANodeItDoesNotKnowLeads) {
    start_with({member(1, url(1))});
    advance(10s);
    expect_silence(1);
    leader = 2;
    put("a");
    answer(1, one_sent_to(1));
    advance(0s);
    answer_members(1, one_sent_to(1), three());
    connect(2);
    put("b");
    one_sent_to(2);
}

TEST_F(SessionMembersTest, AFetchThatFailsIsRepeatedAndHarmsNobody) {
    start_connected();
    ASSERT_TRUE(is_fetch(one_sent_to(1)));
    advance(1s);
    EXPECT_THAT(take_done(), IsEmpty());
    const auto second = one_sent_to(1);
    ASSERT_TRUE(is_fetch(second));
    std::string frame;
    wire::append_error_reply(frame, head(1, second, wire::RequestType::members), Code::unsupported, "what?");
    receive(1, frame);
    EXPECT_THAT(take_done(), IsEmpty());
    advance(1s);
    EXPECT_TRUE(is_fetch(one_sent_to(1)));
}

TEST_F(SessionMembersTest, TheFetchDoesNotCountAgainstTheCaller) {
    options.calls_max = 1;
    start_connected();
    put("a");
    EXPECT_THAT(take_done(), IsEmpty());
    EXPECT_THAT(sent_to(1), SizeIs(2));
}

TEST_F(SessionMembersTest, AMemberThatLeftIsNotUsedAnyMore) {
    start_with(three());
    connect(2);
    leader = 2;
    put("a");
    answer(1, one_sent_to(1));
    advance(100ms);
    put("b");
    one_sent_to(2);
    leader = 9;  // unknown: the members are asked for again
    term = 2;
    put("c");
    answer(2, one_sent_to(2));
    advance(900ms);
    for (const auto& request : sent_to(2)) {
        if (is_fetch(request)) answer_members(2, request, {member(1, url(1)), member(3, url(3))});
    }
    EXPECT_THAT(wanted(), testing::ElementsAre(url(1), url(3)));
    EXPECT_THAT(sent_to(1), SizeIs(testing::Ge(1U))) << "what was outstanding at node 2";
}

TEST_F(SessionMembersTest, ANodeGivenUnderAnotherNameIsNotConnectedToTwice) {
    options.endpoints = {"tcp://localhost:4370"};
    start_with({member(1, url(1)), member(2, url(2))});
    EXPECT_THAT(wanted(), testing::ElementsAre("tcp://localhost:4370", url(2)));
}

}  // namespace
}  // namespace kvbus::client
