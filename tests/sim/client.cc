#include "sim/client.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/check.h"
#include "sim/members.h"

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

client::SessionOptions session_options(std::uint64_t number, const Plan& plan) {
    client::SessionOptions options;
    for (const Member& member : members_of(plan))
        options.endpoints.push_back(member.client_url);
    options.client = ClientId{1000 + number};
    options.seed = plan.seed * 31 + number;
    return options;
}

}  // namespace

SimulatedClient::SimulatedClient(std::uint64_t number, ClientKind kind, const Plan& plan, Agenda& agenda,
                                 Network& network, std::vector<Replica*> replicas, Ledger& ledger)
    : number_(number),
      kind_(kind),
      plan_(plan),
      agenda_(agenda),
      ledger_(ledger),
      random_(stream(plan.seed, Use::thinking, number)),
      workload_(number, plan),
      session_(session_options(number, plan)),
      connections_(number, kind == ClientKind::raw, agenda, network, std::move(replicas),
                   {.connected =
                        [this](NodeId node) {
                            connected_[node.value - 1] = true;
                            session_.connected(agenda_.now(), client::EndpointId{node.value});
                            pump();
                        },
                    .lost =
                        [this](NodeId node, std::string_view reason) {
                            connected_[node.value - 1] = false;
                            session_.disconnected(client::EndpointId{node.value}, reason);
                            pump();
                        },
                    .received =
                        [this](NodeId node, std::string_view frame) {
                            if (kind_ == ClientKind::raw) return raw_received(frame);
                            session_.received(agenda_.now(), client::EndpointId{node.value}, frame);
                            pump();
                        }}),
      connected_(plan.nodes, false) {}

void SimulatedClient::start() {
    connections_.open();
    for (std::uint64_t i = 0; i < plan_.calls; ++i)
        think();
    for (const auto& candidate : candidates_)
        candidate->start();
}

void SimulatedClient::stop() {
    stopped_ = true;
    for (const auto& candidate : candidates_)
        candidate->stop();
}

void SimulatedClient::add_candidate(std::uint64_t number) {
    candidates_.push_back(std::make_unique<Candidate>(
        number, plan_, agenda_, [this](const client::Operation& operation, Candidate::Then then) {
            call(operation, microseconds{plan_.call_timeout_us}, std::move(then));
        }));
}

void SimulatedClient::think() {
    agenda_.after(microseconds{random_.below(2 * plan_.think_us + 1)}, [this] {
        if (!stopped_) call(workload_.next(seen_), microseconds{plan_.call_timeout_us});
    });
}

void SimulatedClient::write_once(std::string key, Duration timeout) {
    call(workload_.put(std::move(key)), timeout);
}

void SimulatedClient::call(const client::Operation& operation, Duration timeout, Candidate::Then then) {
    const std::uint64_t token = ++tokens_;
    const Instant now = agenda_.now();
    const Ledger::Id id = ledger_.begin(now, number_, operation);
    calls_[token] = {.id = id, .then = std::move(then)};
    if (kind_ == ClientKind::raw) return send_raw(token, ledger_.operation(id), timeout);
    session_.submit(now, token, operation, now + timeout);
    pump();
}

void SimulatedClient::send_raw(std::uint64_t token, const client::StoredOperation& operation,
                               Duration timeout) {
    const NodeId node{1 + random_.below(plan_.nodes)};
    const auto timeout_ms = static_cast<std::uint32_t>(to_milliseconds(timeout));
    std::string frame;
    wire::append_request(frame, operation.request(token, timeout_ms, {}));
    connections_.send(node, std::move(frame));
    agenda_.after(timeout, [this, token] { give_up_raw(token); });
}

void SimulatedClient::give_up_raw(std::uint64_t token) {
    const auto found = calls_.find(token);
    if (found == calls_.end()) return;
    const Pending call = std::move(found->second);
    calls_.erase(found);
    ledger_.lost(call.id, agenda_.now());
    finished(call, {.head = {}, .body = Error{Code::outcome_unknown, "given up"}});
}

void SimulatedClient::raw_received(std::string_view frame) {
    wire::ReplyReader reader(frame);
    while (!reader.done()) {
        const auto reply = reader.next();
        if (!reply.ok()) return;
        complete(reply->head.id, *reply);
    }
}

void SimulatedClient::pump() {
    if (kind_ == ClientKind::raw) return;
    const Instant now = agenda_.now();
    session_.tick(now);
    for (auto& completion : session_.take_completions())
        complete(completion.token, completion.reply);
    for (std::uint64_t node = 1; node <= plan_.nodes; ++node) {
        if (!connected_[node - 1]) continue;
        for (;;) {
            const std::string_view frame = session_.next_frame(now, client::EndpointId{node});
            if (frame.empty()) break;
            see_numbers(frame);
            connections_.send(NodeId{node}, std::string{frame});
        }
    }
    const Instant due = session_.deadline();
    if (due >= tick_due_ || due == never) return;
    tick_due_ = due;
    agenda_.at(due, [this, due] {
        if (tick_due_ != due) return;
        tick_due_ = never;
        pump();
    });
}

// The session numbers writes in the order in which they were submitted.
void SimulatedClient::see_numbers(std::string_view frame) {
    wire::RequestReader reader(frame);
    while (!reader.done()) {
        const auto decoded = reader.next();
        const auto* request = std::get_if<wire::Request>(&decoded);
        KV_CHECK(request != nullptr, "a session sends what can be read");
        const auto* command = std::get_if<machine::Command>(&request->body);
        if (command == nullptr || command->sequence <= last_sequence_) continue;  // a read, or a retry
        last_sequence_ = command->sequence;
        const auto call = std::ranges::find_if(calls_, [this](const auto& call) {
            return !call.second.numbered && ledger_.operation(call.second.id).is_write();
        });
        KV_CHECK(call != calls_.end(), "a session sends what was submitted");
        call->second.numbered = true;
        ledger_.numbered(call->second.id, *command);
    }
}

void SimulatedClient::complete(std::uint64_t token, const wire::Reply& reply) {
    const auto found = calls_.find(token);
    if (found == calls_.end()) return;  // a raw client gave up before
    if (!std::holds_alternative<Error>(reply.body)) ++acknowledged_;
    seen_ = std::max(seen_, reply.head.header.revision);
    const Pending call = std::move(found->second);
    calls_.erase(found);
    ledger_.end(call.id, agenda_.now(), reply);
    finished(call, reply);
}

void SimulatedClient::finished(const Pending& call, const wire::Reply& reply) {
    if (stopped_) return;
    if (call.then) return call.then(reply);
    think();
}

}  // namespace kvbus::sim
