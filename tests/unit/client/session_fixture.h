// A session on virtual time, with the test playing the nodes: it sees the requests of each endpoint and makes
// the replies. Endpoints are numbered from 1, in the order of their URLs; node n answers at endpoint n.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/session.h"

namespace kvbus::client {

using namespace std::chrono_literals;  // NOLINT: a fixture for test programs only

inline std::string url(std::uint64_t number) {
    return "tcp://node" + std::to_string(number) + ":4370";
}

class SessionTest : public testing::Test {
  protected:
    SessionOptions options = {
        .endpoints = {url(1), url(2), url(3)}, .stay_on_endpoints = true, .client = ClientId{77}};
    Instant now = Instant{} + 24h;
    std::uint64_t leader = 0;  // what the nodes say
    std::uint64_t term = 1;
    std::uint64_t cluster = 9;
    std::optional<Session> session;
    Token tokens = 0;

    void start() { session.emplace(options); }
    void start_connected() {
        start();
        for (std::uint64_t number = 1; number <= options.endpoints.size(); ++number)
            connect(number);
    }

    // --- calls: each gets the next token, from 1
    Token submit(const Operation& operation, Duration timeout = 5s) {
        session->submit(now, ++tokens, operation, now + timeout);
        return tokens;
    }
    Token put(std::string_view key, std::string_view value = "v", Duration timeout = 5s) {
        return submit(machine::without_session(machine::Put{key, value}), timeout);
    }
    Token get(std::string_view key, Duration timeout = 5s) {
        return submit(wire::RangeRequest{{.key = key}}, timeout);
    }

    // --- connections and time
    void connect(std::uint64_t number) { session->connected(now, EndpointId{number}); }
    void lose(std::uint64_t number, std::string_view reason = "connection lost") {
        session->disconnected(EndpointId{number}, reason);
    }
    void advance(Duration duration) {
        const Instant end = now + duration;
        for (int steps = 0; session->deadline() <= end; ++steps) {
            ASSERT_LT(steps, 100'000) << "deadline() stands still";
            now = std::max(now, session->deadline());
            session->tick(now);
            collect();
        }
        now = end;
        session->tick(now);
        collect();
    }

    // --- what the endpoint is sent. Views into frames that live as long as the test.
    std::vector<wire::Request> sent_to(std::uint64_t number) {
        std::vector<wire::Request> requests;
        for (;;) {
            frames.emplace_back(session->next_frame(now, EndpointId{number}));
            if (frames.back().empty()) break;
            wire::RequestReader reader(frames.back());
            while (!reader.done())
                requests.push_back(std::get<wire::Request>(reader.next()));
        }
        return requests;
    }
    // For when exactly one request is expected.
    wire::Request one_sent_to(std::uint64_t number) {
        const std::vector<wire::Request> requests = sent_to(number);
        EXPECT_EQ(requests.size(), 1U) << "requests to endpoint " << number;
        return requests.empty() ? wire::Request{} : requests.front();
    }
    void expect_silence(std::uint64_t number) {
        EXPECT_EQ(sent_to(number).size(), 0U) << "requests to endpoint " << number;
    }

    // --- what it answers
    wire::ReplyHead head(std::uint64_t number, const wire::Request& request, wire::RequestType type) const {
        return {request.id, type, {ClusterId{cluster}, NodeId{number}, term, Revision{100}, NodeId{leader}}};
    }
    void answer(std::uint64_t number, const wire::Request& request, std::uint64_t revision = 5) {
        std::string frame;
        if (const auto* command = std::get_if<machine::Command>(&request.body)) {
            const bool is_put = std::holds_alternative<machine::Put>(command->operation);
            const auto type = is_put ? wire::RequestType::put : wire::RequestType::remove;
            wire::append_write_reply(frame, head(number, request, type),
                                     {Code::ok, Revision{revision}, is_put ? 0U : 1U, {}});
        } else {
            const machine::Record record{"k", "v", Revision{revision}, Revision{revision}, 1};
            wire::append_range_reply(frame, head(number, request, wire::RequestType::range),
                                     {.records = {record}, .count = 1}, false);
        }
        receive(number, frame);
    }
    static void append_outcome(std::string& frame, const wire::ReplyHead& head,
                               const machine::Outcome& outcome) {
        if (outcome.code == Code::ok) {
            wire::append_write_reply(frame, head, outcome);
        } else {
            wire::append_error_reply(frame, head, outcome.code, "refused by the machine");
        }
    }
    void refuse(std::uint64_t number, const wire::Request& request, Code code,
                std::string_view message = "because") {
        const auto* command = std::get_if<machine::Command>(&request.body);
        std::string frame;
        wire::append_error_reply(
            frame, head(number, request, command ? wire::RequestType::put : wire::RequestType::range), code,
            message);
        receive(number, frame);
    }
    void answer_members(std::uint64_t number, const wire::Request& request,
                        const std::vector<Member>& members) {
        std::string frame;
        wire::append_members_reply(frame, head(number, request, wire::RequestType::members), members);
        receive(number, frame);
    }
    void receive(std::uint64_t number, std::string_view frame) {
        session->received(now, EndpointId{number}, frame);
        collect();
    }

    // --- what the caller gets: the code of each completion by token; ok for an answer
    void collect() {
        for (Completion& completion : session->take_completions())
            done.push_back(std::move(completion));
    }
    std::vector<Completion> take_done() {
        collect();
        return std::exchange(done, {});
    }
    std::vector<std::pair<Token, Code>> outcomes() {
        std::vector<std::pair<Token, Code>> result;
        for (const Completion& completion : take_done()) {
            const auto* error = std::get_if<Error>(&completion.reply.body);
            last_message = error ? error->message : "";
            result.emplace_back(completion.token, error ? error->code : Code::ok);
        }
        return result;
    }
    // For when exactly one completion is expected.
    Code outcome() {
        const auto all = outcomes();
        EXPECT_EQ(all.size(), 1U) << "completions";
        return all.empty() ? Code::internal : all.front().second;
    }
    std::string last_message;

    static const machine::Command& command_of(const wire::Request& request) {
        return std::get<machine::Command>(request.body);
    }

  private:
    std::deque<std::string> frames;
    std::vector<Completion> done;
};

}  // namespace kvbus::client
