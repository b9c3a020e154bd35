// The way of a call when all goes well, and what is refused before it is sent.
#include "client/session.h"

#include "unit/client/session_fixture.h"
#include "wire/limits.h"

namespace kvbus::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

TEST_F(SessionTest, SendsToTheFirstEndpointThatConnects) {
    start();
    put("a");
    for (int number : {1, 2, 3})
        expect_silence(number);
    connect(3);
    const auto request = one_sent_to(3);
    connect(1);
    expect_silence(1);
    answer(3, request);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::ok)));
}

TEST_F(SessionTest, CarriesTheOperationUnchanged) {
    start_connected();
    const std::string binary("\0\xff\n", 3);
    put(binary, "value");
    submit(machine::without_session(machine::Delete{"from", "to"}));
    machine::RangeQuery query{.key = "key", .range_end = "end", .limit = 12, .revision = Revision{9}};
    query.keys_only = query.count_only = true;
    submit(wire::RangeRequest{query, true});
    const auto requests = sent_to(1);
    ASSERT_THAT(requests, SizeIs(3));

    const auto& written = std::get<machine::Put>(command_of(requests[0]).operation);
    EXPECT_EQ(written.key, binary);
    EXPECT_EQ(written.value, "value");
    const auto& removed = std::get<machine::Delete>(command_of(requests[1]).operation);
    EXPECT_EQ(removed.key, "from");
    EXPECT_EQ(removed.range_end, "to");
    const auto& range = std::get<wire::RangeRequest>(requests[2].body);
    EXPECT_EQ(range.query.key, "key");
    EXPECT_EQ(range.query.range_end, "end");
    EXPECT_EQ(range.query.limit, 12U);
    EXPECT_EQ(range.query.revision, Revision{9});
    EXPECT_TRUE(range.serializable && range.query.keys_only && range.query.count_only);
}

TEST_F(SessionTest, AnswersInAnyOrderReachTheirCalls) {
    start_connected();
    for (const char* key : {"a", "b", "c"})
        put(key);
    const auto requests = sent_to(1);
    ASSERT_THAT(requests, SizeIs(3));
    answer(1, requests[2], 33);
    answer(1, requests[0], 11);
    answer(1, requests[1], 22);
    const auto done = take_done();
    ASSERT_THAT(done, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
        const std::array<std::pair<Token, std::uint64_t>, 3> expected{{{3, 33}, {1, 11}, {2, 22}}};
        EXPECT_EQ(done[i].token, expected[i].first);
        EXPECT_EQ(std::get<machine::Outcome>(done[i].reply.body).revision.value, expected[i].second);
    }
}

TEST_F(SessionTest, AWriteCarriesItsSequenceAndTheLowestThatIsUnanswered) {
    start_connected();
    put("a");
    put("b");
    get("x");
    put("c");
    auto requests = sent_to(1);
    ASSERT_THAT(requests, SizeIs(4));
    const auto numbers = [](const wire::Request& request) {
        const machine::Command& command = command_of(request);
        return std::tuple{command.client.value, command.sequence.value, command.first_unanswered.value};
    };
    EXPECT_EQ(numbers(requests[0]), std::tuple(77U, 1U, 1U));
    EXPECT_EQ(numbers(requests[1]), std::tuple(77U, 2U, 1U));
    EXPECT_EQ(numbers(requests[3]), std::tuple(77U, 3U, 1U));

    answer(1, requests[1]);  // 2 is answered, 1 is not
    put("d");
    EXPECT_EQ(numbers(one_sent_to(1)), std::tuple(77U, 4U, 1U));
    answer(1, requests[0]);  // now 3 is the lowest
    put("e");
    EXPECT_EQ(numbers(one_sent_to(1)), std::tuple(77U, 5U, 3U));
}

TEST_F(SessionTest, TellsTheNodeALittleLessTimeThanIsLeft) {
    start_connected();
    get("a", 500ms);
    EXPECT_EQ(one_sent_to(1).timeout_ms, 450U);
    get("b", 60s);  // no longer than one try
    EXPECT_EQ(one_sent_to(1).timeout_ms, 900U);
    get("c", 1us);
    EXPECT_EQ(one_sent_to(1).timeout_ms, 1U);
}

TEST_F(SessionTest, RefusesWhatNoNodeWouldAccept) {
    using namespace wire::limits;
    start_connected();
    const std::string long_key(key_bytes_max + 1, 'k');
    const std::string long_value(value_bytes_max + 1, 'v');
    put("");
    put(long_key);
    put("k", long_value);
    get("");
    submit(wire::RangeRequest{{.key = "a", .range_end = long_key}});
    submit(machine::without_session(machine::Delete{"", ""}));
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::invalid_argument), Pair(2, Code::too_large),
                                        Pair(3, Code::too_large), Pair(4, Code::invalid_argument),
                                        Pair(5, Code::too_large), Pair(6, Code::invalid_argument)));
    expect_silence(1);
    put(long_key.substr(1), long_value.substr(1));
    one_sent_to(1);
}

TEST_F(SessionTest, RefusesMoreCallsThanItMayHaveUnderWay) {
    options.calls_max = 2;
    start_connected();
    put("a");
    put("b");
    put("c");
    EXPECT_THAT(outcomes(), ElementsAre(Pair(3, Code::overloaded)));
    answer(1, sent_to(1)[0]);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(1, Code::ok)));
    put("d");
    EXPECT_THAT(outcomes(), IsEmpty());
}

TEST_F(SessionTest, RefusesMoreBytesThanItMayHaveUnderWay) {
    options.bytes_max = 1000;
    start_connected();
    put("a", std::string(999, 'v'));
    put("b");
    EXPECT_THAT(outcomes(), ElementsAre(Pair(2, Code::overloaded)));
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::ok);
    put("c");
    EXPECT_THAT(outcomes(), IsEmpty());
}

TEST_F(SessionTest, CloseEndsEveryCall) {
    start_connected();
    put("sent");
    const auto sent = one_sent_to(1);
    put("to try later");
    refuse(1, one_sent_to(1), Code::overloaded);
    put("queued");
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    session->close();
    EXPECT_THAT(outcomes(), testing::UnorderedElementsAre(Pair(1, Code::closed), Pair(2, Code::closed),
                                                          Pair(3, Code::closed), Pair(4, Code::closed)));
    answer(1, sent);
    EXPECT_THAT(outcomes(), IsEmpty());
}

// --- packing ---------------------------------------------------------------------------------------------

TEST_F(SessionTest, CallsSinceTheLastTurnShareOneFrame) {
    start_connected();
    for (int i = 0; i < 100; ++i)
        get("key");
    const std::string frame(session->next_frame(now, EndpointId{1}));
    wire::RequestReader reader(frame);
    int requests = 0;
    for (; !reader.done(); ++requests)
        (void)reader.next();
    EXPECT_EQ(requests, 100);
    EXPECT_THAT(session->next_frame(now, EndpointId{1}), IsEmpty());
}

TEST_F(SessionTest, AFrameHoldsNoMoreRequestsThanTheLimit) {
    start_connected();
    constexpr std::size_t extra = 10;
    for (std::size_t i = 0; i < wire::limits::requests_per_frame_max + extra; ++i)
        get("key");
    const auto count = [&] {
        const std::string frame(session->next_frame(now, EndpointId{1}));
        std::size_t requests = 0;
        for (wire::RequestReader reader(frame); !reader.done(); ++requests)
            (void)reader.next();
        return requests;
    };
    EXPECT_EQ(count(), wire::limits::requests_per_frame_max);
    EXPECT_EQ(count(), extra);
}

TEST_F(SessionTest, AFrameHoldsNoMoreBytesThanTheLimit) {
    start_connected();
    const std::string value(wire::limits::value_bytes_max, 'v');
    for (int i = 0; i < 9; ++i)
        put("key", value);
    std::size_t requests = 0;
    for (int frames = 0;; ++frames) {
        const std::string frame(session->next_frame(now, EndpointId{1}));
        if (frame.empty()) break;
        EXPECT_LE(frame.size(), wire::limits::client_frame_bytes_max);
        EXPECT_LT(frames, 4);
        for (wire::RequestReader reader(frame); !reader.done(); ++requests) {
            EXPECT_TRUE(std::holds_alternative<wire::Request>(reader.next()));
        }
    }
    EXPECT_EQ(requests, 9U);
}

TEST_F(SessionTest, WritesWaitWhenAnOldOneKeepsTheSequenceWindowFull) {
    options.calls_max = 16'384;
    start_connected();
    const Token stuck = put("stuck", "v", 60s);
    const auto stuck_request = one_sent_to(1);
    for (int i = 0; i < 16'383; ++i) {
        put("k");
        answer(1, one_sent_to(1));
    }
    EXPECT_THAT(outcomes(), SizeIs(16'383));
    const Token held = put("held");
    expect_silence(1);
    get("reads pass");
    answer(1, one_sent_to(1));
    EXPECT_EQ(outcome(), Code::ok);

    answer(1, stuck_request);
    EXPECT_THAT(outcomes(), ElementsAre(Pair(stuck, Code::ok)));
    answer(1, one_sent_to(1));
    EXPECT_THAT(outcomes(), ElementsAre(Pair(held, Code::ok)));
}

// --- calls to one endpoint -------------------------------------------------------------------------------

TEST_F(SessionTest, ACallToOneEndpointGoesThereAndNowhereElse) {
    start_connected();
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    expect_silence(1);
    const auto request = one_sent_to(2);
    EXPECT_TRUE(std::holds_alternative<wire::StatusRequest>(request.body));
    std::string frame;
    wire::NodeStatus status;
    status.name = "n2";
    wire::append_status_reply(frame, head(2, request, wire::RequestType::status), status);
    receive(2, frame);
    const auto done = take_done();
    ASSERT_THAT(done, SizeIs(1));
    EXPECT_EQ(std::get<wire::NodeStatus>(done[0].reply.body).name, "n2");
}

TEST_F(SessionTest, ACallToOneEndpointFailsWhenThatIsUnreachableOrLost) {
    start();
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    lose(2, "connection refused");
    EXPECT_EQ(outcome(), Code::connection);
    EXPECT_THAT(last_message, testing::AllOf(HasSubstr(url(2)), HasSubstr("connection refused")));

    connect(1);
    connect(2);
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    one_sent_to(2);
    lose(2);
    EXPECT_EQ(outcome(), Code::connection);
    expect_silence(1);

    connect(2);
    session->submit_to(now, ++tokens, url(2), wire::StatusRequest{}, now + 5s);
    one_sent_to(2);
    advance(5s);
    EXPECT_EQ(outcome(), Code::timeout);
}

TEST_F(SessionTest, AnEndpointAskedByNameIsNotUsedForOtherCalls) {
    start();
    session->submit_to(now, ++tokens, "tcp://elsewhere:1", wire::StatusRequest{}, now + 5s);
    EXPECT_TRUE(session->endpoints().wanted(EndpointId{4}));
    connect(4);
    one_sent_to(4);
    put("a");
    expect_silence(4);
    connect(2);
    one_sent_to(2);
}

}  // namespace
}  // namespace kvbus::client
