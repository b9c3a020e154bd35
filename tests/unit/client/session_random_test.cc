// A session against a cluster that loses, repeats, delays and refuses at random, and whose state machine
// tells what was really applied. Checks what a caller may rely on, whatever happens.
#include <algorithm>
#include <array>
#include <map>

#include "base/random.h"
#include "machine/machine.h"
#include "unit/client/session_fixture.h"

namespace kvbus::client {
namespace {

class SessionRandomTest : public SessionTest, public testing::WithParamInterface<std::uint64_t> {
  protected:
    struct InFlight {
        std::uint64_t endpoint;
        std::string frame;
        bool is_reply = false;
    };

    Random random{GetParam()};
    machine::Machine machine;
    std::vector<InFlight> network;
    std::array<bool, 4> up{};                  // by endpoint number
    std::vector<std::optional<Code>> results;  // by token
    std::vector<bool> is_write;

    static std::string key_of(Token token) { return "k" + std::to_string(token); }

    void submit_one() {
        const bool write = random.chance(0.7);
        const Duration timeout = std::chrono::milliseconds(random.between(1, 4000));
        const std::string key = key_of(tokens + 1);
        if (write) {
            put(key, "v", timeout);
        } else {
            get(key, timeout);
        }
        is_write.resize(tokens + 1);
        is_write[tokens] = write;
    }

    void pull_frames() {
        for (std::uint64_t number : {1, 2, 3}) {
            if (random.chance(0.3)) continue;  // not writable just now
            for (;;) {
                std::string frame(session->next_frame(now, EndpointId{number}));
                if (frame.empty()) break;
                ASSERT_TRUE(up[number]);
                network.push_back({number, std::move(frame)});
            }
        }
    }

    // What a node in trouble says; only when in doubt may it have applied the write all the same.
    Code trouble(const machine::Command* command) {
        if (command && random.chance(0.3)) {
            if (random.chance(0.5)) machine.apply(*command);
            return Code::outcome_unknown;
        }
        if (random.chance(0.05)) return Code::no_space;
        return random.chance(0.5) ? Code::unavailable : Code::overloaded;
    }

    void serve(const InFlight& message) {
        std::string replies;
        for (wire::RequestReader reader(message.frame); !reader.done();) {
            const auto request = std::get<wire::Request>(reader.next());
            if (random.chance(0.1)) continue;  // lost inside the cluster
            const auto* command = std::get_if<machine::Command>(&request.body);
            const auto reply_head =
                head(message.endpoint, request, command ? wire::RequestType::put : wire::RequestType::range);
            if (random.chance(0.2)) {
                wire::append_error_reply(replies, reply_head, trouble(command), "trouble");
            } else if (command) {
                append_outcome(replies, reply_head, machine.apply(*command));
            } else {
                wire::append_range_reply(replies, reply_head, {}, false);
            }
        }
        if (!replies.empty()) network.push_back({message.endpoint, std::move(replies), true});
    }

    void deliver_one() {
        if (network.empty()) return;
        const std::size_t chosen = random.below(network.size());
        const InFlight message = network[chosen];
        // TCP repeats nothing, but a node may answer twice.
        if (!message.is_reply || !random.chance(0.1)) {
            network[chosen] = std::move(network.back());
            network.pop_back();
        }
        if (random.chance(0.05)) return;  // lost
        if (!message.is_reply) return serve(message);
        if (up[message.endpoint]) receive(message.endpoint, message.frame);
    }

    void toggle_connection() {
        const std::uint64_t number = random.between(1, 3);
        up[number] = !up[number];
        if (up[number]) {
            connect(number);
        } else {
            lose(number);
        }
    }

    void note_results() {
        for (const auto& [token, code] : outcomes()) {
            results.resize(std::max<std::size_t>(results.size(), token + 1));
            ASSERT_FALSE(results[token]) << "call " << token << " completed twice";
            results[token] = code;
        }
    }

    [[nodiscard]] std::uint64_t times_applied(Token token) const {
        const auto found = machine.range({.key = key_of(token)});
        return found.records.empty() ? 0 : found.records.front().version;
    }
};

TEST_P(SessionRandomTest, EveryCallEndsOnceAndTellsTheTruth) {
    options.seed = GetParam();
    options.try_timeout = 300ms;
    start();
    for (int step = 0; step < 3000; ++step) {
        switch (random.below(6)) {
            case 0:
                submit_one();
                break;
            case 1:
                pull_frames();
                break;
            case 2:
            case 3:
                deliver_one();
                break;
            case 4:
                advance(std::chrono::microseconds(random.between(0, 30'000)));
                break;
            default:
                if (random.chance(0.1)) toggle_connection();
        }
        note_results();
        if (HasFatalFailure()) return;
    }
    advance(5s);
    note_results();
    while (!network.empty())
        deliver_one();  // what was still under way arrives after all
    note_results();

    results.resize(tokens + 1);
    std::map<Code, int> seen;
    for (Token token = 1; token <= tokens; ++token) {
        ASSERT_TRUE(results[token]) << "call " << token << " never completed";
        ++seen[*results[token]];
        if (!is_write[token]) {
            EXPECT_NE(*results[token], Code::outcome_unknown);
            continue;
        }
        const Code code = *results[token];
        const std::uint64_t at_least = code == Code::ok ? 1 : 0;
        const std::uint64_t at_most = code == Code::ok || code == Code::outcome_unknown ? 1 : 0;
        EXPECT_GE(times_applied(token), at_least) << "call " << token << " ended with " << name_of(code);
        EXPECT_LE(times_applied(token), at_most) << "call " << token << " ended with " << name_of(code);
    }
    EXPECT_GT(seen[Code::ok], 0);
    EXPECT_GT(seen[Code::outcome_unknown], 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SessionRandomTest, testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace kvbus::client
