// A client's side of the protocol without I/O: numbers requests, packs them into frames, matches replies, and
// sends a request again, elsewhere or later, until it is settled or out of time. The client library and the
// simulator run it.
//
// Owned by one thread; time is an argument. Inputs only change the session; what it wants done is collected
// by next_frame(), one connected endpoint at a time, and take_completions(). Calls that arrive between two
// rounds of next_frame() share frames: that is all the batching there is.
//
// Always true: each call submitted is completed exactly once; a write goes out under the same (client,
// sequence) in every try; a write that may have been applied never completes as one that was not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/random.h"
#include "base/time.h"
#include "client/call_table.h"
#include "client/endpoints.h"
#include "client/sequence_window.h"
#include "client/stored_operation.h"
#include "wire/client_frames.h"

namespace kvbus::client {

constexpr std::size_t watches_max = 8192;

struct SessionOptions {
    std::vector<std::string> endpoints;
    bool stay_on_endpoints = false;  // neither learn others nor move to the leader
    ClientId client;                 // unique among all clients of the cluster, never none
    std::uint64_t seed = 1;          // of the jitter
    std::size_t calls_max = 8192;    // under way at once; further ones fail with overloaded. At most 16,384
    std::uint64_t bytes_max = 64 << 20;                   // of keys and values of calls under way
    std::size_t watches_max = client::watches_max;        // under way at once, apart from the other calls
    Duration connect_timeout = std::chrono::minutes{1};   // how long a call waits for any connection
    Duration try_timeout = std::chrono::seconds{1};       // then another endpoint is tried
    Duration watch_wait = std::chrono::seconds{5};        // how long a node may hold a watch
    Duration backoff_min = std::chrono::milliseconds{4};  // before the next try of what was refused; doubles,
    Duration backoff_max = std::chrono::milliseconds{250};  // up to this
};

// The end of a call. An Error in the body may be the session's own; then the head says nothing.
struct Completion {
    Token token = 0;
    wire::Reply reply;
};

class Session {
  public:
    explicit Session(SessionOptions options);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // --- calls. The deadline is the end of all tries. A node may hold a watch longer than it may take over
    // other calls, and a campaign up to the deadline; a watch waits for a connection up to its deadline.
    void submit(Instant now, Token token, const Operation& operation, Instant deadline);
    // Asks exactly this endpoint, once.
    void submit_to(Instant now, Token token, const std::string& url, const Operation& operation,
                   Instant deadline);
    // Everything under way completes with Code::closed.
    void close();

    // --- connections. The owner keeps one to each wanted endpoint, and reports what becomes of it.
    [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }
    void connected(Instant now, EndpointId endpoint);
    // Lost, or not to be had; the reason is for a person. What was outstanding there is sent elsewhere at
    // once.
    void disconnected(EndpointId endpoint, std::string_view reason);
    void received(Instant now, EndpointId endpoint, std::string_view body);

    // --- time
    void tick(Instant now);
    [[nodiscard]] Instant deadline() const;  // when tick() must be called next

    // --- results
    [[nodiscard]] bool has_frame(Instant now, EndpointId endpoint);  // there may be something to send there
    // The next frame for a connected endpoint that can take one; empty when there is nothing to send. Counts
    // as sent. Valid until the next call of the session.
    [[nodiscard]] std::string_view next_frame(Instant now, EndpointId endpoint);
    // The spare vector's memory is used again.
    [[nodiscard]] std::vector<Completion> take_completions(std::vector<Completion> spare = {});

    // Frames or replies that made no sense.
    [[nodiscard]] std::uint64_t bad_replies() const { return bad_replies_; }

  private:
    struct Lists {        // per endpoint
        CallList pinned;  // to be sent to it and no other
        CallList sent;
    };
    struct Patience {  // with a try
        Instant until;
        Duration hold;  // of it the node may take so much
    };

    // session.cc: the way of a call
    [[nodiscard]] Lists& lists(EndpointId endpoint);
    void start(Instant now, Token token, const Operation& operation, Instant deadline, EndpointId only,
               bool internal);
    [[nodiscard]] bool pack(Instant now, EndpointId endpoint, CallList& from);
    [[nodiscard]] Patience patience_of(Instant now, const Call& call) const;
    void append_request(Instant now, EndpointId endpoint, Slot slot);
    [[nodiscard]] std::optional<Error> too_much_under_way(bool is_watch) const;
    void complete(Slot slot, wire::Reply reply);
    void fail(Slot slot, Error error);
    void refuse(Token token, Error error);

    // session_retry.cc: what a reply, a lost connection or the passage of time means for it
    void answered(Instant now, EndpointId from, wire::Reply reply);
    void refused(Instant now, Slot slot, Error error);
    void unanswered(Slot slot);
    void try_again(Slot slot);
    void try_later(Instant now, Slot slot);
    void give_up_or_wait(Instant now, CallList& list, Slot slot);
    void expire(Slot slot);
    void tick_sent(Instant now, EndpointId endpoint);
    void drop_foreign(EndpointId endpoint);

    // session_members.cc: where the members are
    [[nodiscard]] bool may_refresh() const;
    void refresh_members(Instant now);
    void learn_members(Instant now, const std::vector<Member>& members);

    SessionOptions options_;
    Random random_;
    Endpoints endpoints_;
    CallTable calls_;
    SequenceWindow sequences_;
    CallList queued_;  // to be sent to whatever endpoint is the target
    CallList held_;    // writes that wait for the sequence window
    CallList backoff_;
    std::deque<Lists> lists_;  // by endpoint; a deque keeps their addresses
    std::vector<Completion> completions_;
    std::string frame_;
    std::size_t frame_requests_ = 0;
    std::uint64_t bytes_ = 0;
    std::size_t watches_ = 0;  // under way
    std::uint64_t bad_replies_ = 0;

    bool refreshing_ = false;  // the members are being fetched
    Instant refreshed_at_{};   // the last time that was begun
    Instant refresh_at_{};
    Duration refresh_interval_;
};

}  // namespace kvbus::client
