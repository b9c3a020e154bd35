#include "client/session.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "client/failure.h"
#include "machine/machine.h"
#include "wire/limits.h"

namespace kvbus::client {
namespace {

constexpr std::size_t request_overhead = 128;  // more than the fields around a request's key and value take
constexpr std::size_t frame_bytes_kept = 256 << 10;  // a larger buffer is given back
constexpr std::size_t internal_calls = 1;            // the fetch of the members

std::uint32_t node_timeout_ms(Duration timeout) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(to_milliseconds(timeout), 1, 60'000));
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      endpoints_(options_.endpoints, options_.stay_on_endpoints),
      calls_(options_.calls_max + internal_calls + options_.watches_max),
      sequences_(machine::Limits{}.unanswered_max),
      refresh_interval_(options_.try_timeout) {
    KV_CHECK(options_.client, "a session needs a client id");
}

Session::Lists& Session::lists(EndpointId endpoint) {
    while (lists_.size() < endpoint.value)
        lists_.emplace_back();
    return lists_[endpoint.value - 1];
}

void Session::submit(Instant now, Token token, const Operation& operation, Instant deadline) {
    if (endpoints_.all_foreign()) {
        return refuse(token, {Code::wrong_cluster, "no endpoint of one cluster: " + endpoints_.reasons()});
    }
    start(now, token, operation, deadline, {}, false);
}

void Session::submit_to(Instant now, Token token, const std::string& url, const Operation& operation,
                        Instant deadline) {
    const std::optional<EndpointId> endpoint = endpoints_.pin(url);
    if (!endpoint) {
        return refuse(token, {Code::invalid_argument,
                              "too many endpoints for one client; use another client for " + url});
    }
    start(now, token, operation, deadline, *endpoint, false);
}

void Session::start(Instant now, Token token, const Operation& operation, Instant deadline, EndpointId only,
                    bool internal) {
    if (Result<void> valid = validate(operation); !valid.ok()) return refuse(token, valid.error());
    const bool is_watch = std::holds_alternative<wire::WatchRequest>(operation);
    if (!internal) {
        if (std::optional<Error> error = too_much_under_way(is_watch)) return refuse(token, *error);
    }
    if (is_watch) ++watches_;
    const Slot slot = calls_.take();
    Call& call = calls_[slot];
    call.token = token;
    call.operation.store(operation);
    call.deadline = deadline;
    call.only = only;
    call.internal = internal;
    bytes_ += call.operation.bytes();
    const Instant unsent_until = is_watch ? deadline : std::min(deadline, now + options_.connect_timeout);
    calls_.append(only ? lists(only).pinned : queued_, slot, unsent_until);
}

std::optional<Error> Session::too_much_under_way(bool is_watch) const {
    // One slot is kept for the session's own call.
    const std::size_t calls = calls_.in_use() - watches_ - (refreshing_ ? internal_calls : 0);
    if (is_watch && watches_ >= options_.watches_max) {
        return Error{Code::overloaded, "this client has " + std::to_string(watches_) +
                                           " watches under way; use another client for more"};
    }
    if (!is_watch && (calls >= options_.calls_max || bytes_ >= options_.bytes_max)) {
        return Error{Code::overloaded, "this client has " + std::to_string(calls) +
                                           " calls under way; wait for some to finish"};
    }
    return std::nullopt;
}

void Session::close() {
    const auto close_all = [this](CallList& list) {
        for (const Slot slot : calls_.take_all(list)) {
            fail(slot, {Code::closed, "the client was closed while the call was under way"});
        }
    };
    for (CallList* list : {&queued_, &held_, &backoff_})
        close_all(*list);
    for (Lists& endpoint : lists_) {
        close_all(endpoint.pinned);
        close_all(endpoint.sent);
    }
}

// --- sending ---------------------------------------------------------------------------------------------

bool Session::has_frame(Instant now, EndpointId endpoint) {
    if (!endpoints_.is_connected(endpoint)) return false;
    if (!lists(endpoint).pinned.empty()) return true;
    const bool waiting = !queued_.empty() || (!held_.empty() && !sequences_.full());
    return waiting && endpoints_.target(now) == endpoint;
}

std::string_view Session::next_frame(Instant now, EndpointId endpoint) {
    if (frame_.capacity() > frame_bytes_kept) frame_ = {};
    frame_.clear();
    frame_requests_ = 0;
    if (!has_frame(now, endpoint)) return {};
    const bool room = pack(now, endpoint, lists(endpoint).pinned);
    if (room && endpoints_.target(now) == endpoint && pack(now, endpoint, held_)) {
        (void)pack(now, endpoint, queued_);
    }
    return frame_;
}

// Moves calls from a list into the frame. False when the frame is full.
bool Session::pack(Instant now, EndpointId endpoint, CallList& from) {
    while (!from.empty()) {
        const Slot slot = from.head;
        Call& call = calls_[slot];
        const std::size_t bytes = call.operation.bytes() + request_overhead;
        if (frame_requests_ == wire::limits::requests_per_frame_max) return false;
        if (frame_requests_ > 0 && frame_.size() + bytes > wire::limits::client_frame_bytes_max) return false;

        const bool needs_sequence = call.operation.is_write() && !call.sequence;
        if (needs_sequence && sequences_.full() && &from == &held_) return true;
        calls_.remove(slot);
        if (needs_sequence && sequences_.full()) {
            calls_.append(held_, slot, call.deadline);
            continue;
        }
        if (needs_sequence) call.sequence = sequences_.open();
        append_request(now, endpoint, slot);
    }
    return true;
}

// A node is asked to answer a little before the client stops waiting, so that its word is heard.
Session::Patience Session::patience_of(Instant now, const Call& call) const {
    const bool is_watch = call.operation.is_watch();
    const Duration longest = options_.try_timeout + (is_watch ? options_.watch_wait : Duration{});
    const bool one_try = call.only || call.operation.is_campaign();
    const Instant until = one_try ? call.deadline : std::min(call.deadline, now + longest);
    const Duration hold = until - now - (until - now) / 10;
    return {until, is_watch ? std::min(hold, options_.watch_wait) : hold};
}

void Session::append_request(Instant now, EndpointId endpoint, Slot slot) {
    Call& call = calls_[slot];
    const Patience patience = patience_of(now, call);
    const WriteSession session{options_.client, call.sequence, sequences_.first_unanswered()};
    const std::uint64_t id = calls_.next_id(slot);
    wire::append_request(frame_, call.operation.request(id, node_timeout_ms(patience.hold), session));
    ++frame_requests_;
    call.asked = endpoint;
    call.outstanding = true;
    call.last_error.reset();
    calls_.append(lists(endpoint).sent, slot, patience.until);
}

// --- completing ------------------------------------------------------------------------------------------

void Session::complete(Slot slot, wire::Reply reply) {
    Call& call = calls_[slot];
    if (call.internal) {
        refreshing_ = false;
    } else {
        completions_.push_back({call.token, std::move(reply)});
    }
    if (call.sequence) sequences_.close(call.sequence);
    bytes_ -= call.operation.bytes();
    if (call.operation.is_watch()) --watches_;
    calls_.release(slot);
}

void Session::fail(Slot slot, Error error) {
    complete(slot, {.head = {}, .body = std::move(error)});
}

void Session::refuse(Token token, Error error) {
    completions_.push_back({token, {.head = {}, .body = std::move(error)}});
}

std::vector<Completion> Session::take_completions(std::vector<Completion> spare) {
    spare.clear();
    std::swap(spare, completions_);
    return spare;
}

}  // namespace kvbus::client
