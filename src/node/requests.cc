#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/mutant.h"
#include "base/overloaded.h"
#include "base/random.h"
#include "base/sometimes.h"
#include "node/state.h"
#include "wire/command_fields.h"
#include "wire/limits.h"
#include "wire/request_type.h"

namespace kvbus::node {
namespace {

Instant deadline_of(Instant now, const wire::Request& request, const Config& config) {
    const Duration wanted =
        request.timeout_ms == 0 ? config.request_timeout : std::chrono::milliseconds{request.timeout_ms};
    return now + std::min(wanted, config.request_timeout_max);
}

}  // namespace

void Node::client_frame(Instant now, const Route& route, std::string_view body) {
    auto& node = *state_;
    ++node.counters.client_frames_in;
    const auto refuse = [&](std::uint64_t id, wire::RequestType type, Code code, std::string_view message) {
        sometimes(Sometimes::malformed_client_frame);
        ++node.counters.bad_client_frames;
        node.answers.error({.route = route, .forwarded_by = {}, .id = id, .type = type}, code, message);
    };
    wire::RequestReader reader(body);
    if (reader.done())
        return refuse(0, wire::RequestType{}, Code::malformed, "the message has no request in it");
    for (std::size_t count = 0; !reader.done(); ++count) {
        if (count == wire::limits::requests_per_frame_max) {
            return refuse(
                0, wire::RequestType{}, Code::too_large,
                "more than " + std::to_string(count) + " requests in one message; the rest was dropped");
        }
        auto decoded = reader.next();
        if (const auto* bad = std::get_if<wire::BadRequest>(&decoded)) {
            refuse(bad->id.value_or(0), bad->type.value_or(wire::RequestType{}), bad->error.code,
                   bad->error.message);
            continue;
        }
        auto& request = std::get<wire::Request>(decoded);
        if (route.single && !reader.done()) {
            return refuse(request.id, type_of(request), Code::malformed,
                          "a REQ socket sends one request per message; several go through a DEALER");
        }
        node.serve(now, route, request);
    }
}

void Node::State::serve(Instant now, const Route& route, wire::Request& request) {
    Asker asker{.route = route, .forwarded_by = {}, .id = request.id, .type = type_of(request)};
    const auto deadline = deadline_of(now, request, config);
    const bool is_about_the_node = std::holds_alternative<wire::StatusRequest>(request.body) ||
                                   std::holds_alternative<wire::MembersRequest>(request.body);
    if (!is_trusted() && !is_about_the_node)
        return answers.error(asker, Code::unavailable, alarms.message(AlarmType::corrupt));
    std::visit(Overloaded{[&](machine::Command& command) { serve(now, std::move(asker), deadline, command); },
                          [&](const wire::StatusRequest&) { answers.status(asker, status(now)); },
                          [&](const wire::MembersRequest&) { answers.members(asker, peers.members()); },
                          [&](const wire::SnapshotChunkRequest& request) { serve(now, asker, request); },
                          [&](const auto& query) { serve(std::move(asker), deadline, query); }},
               request.body);
}

bool Node::State::admit(const Asker& asker, std::size_t bytes) {
    if (in_flight_requests >= config.in_flight_requests_max ||
        in_flight_bytes + bytes > config.in_flight_bytes_max) {
        sometimes(Sometimes::request_refused_as_overload);
        answers.error(asker, Code::overloaded, "the node has too many requests under way; try again later");
        return false;
    }
    ++in_flight_requests;
    in_flight_bytes += bytes;
    return true;
}

bool Node::State::has_room_for(Instant now, const Asker& asker, const machine::Change& change) {
    measure(now);
    const auto refusal = alarms.refusal(change);
    if (refusal) answers.error(asker, refusal->code, refusal->message);
    return !refusal;
}

void Node::State::settled(std::size_t bytes) {
    --in_flight_requests;
    in_flight_bytes -= bytes;
}

void Node::State::serve(Instant now, Asker asker, Instant deadline, machine::Command& command) {
    if (auto* grant = std::get_if<machine::LeaseGrant>(&command.operation); grant && !grant->lease)
        grant->lease = draw_lease(now);
    if (const auto* txn = std::get_if<machine::Txn>(&command.operation)) {
        if (const auto flaw = machine::flaw_of(*txn, config.txn_operations_max))
            return answers.error(asker, flaw->code, flaw->message);
    }
    if (std::holds_alternative<machine::Campaign>(command.operation) && !campaigns.has_room()) {
        sometimes(Sometimes::request_refused_as_overload);
        return answers.error(asker, Code::overloaded,
                             "the node has too many candidates waiting; try again later, or another node");
    }
    const auto bytes = wire::command_bytes_max(command);
    if (!has_room_for(now, asker, command.operation) || !admit(asker, bytes)) return;
    PendingWrite write{std::move(asker), deadline, static_cast<std::uint32_t>(bytes)};
    if (leads()) {
        proposals.add(command, std::move(write), clock.at(now));
    } else {
        forwarding.hold(command, std::move(write));
    }
}

// Positive as a signed number, as etcd's: scripts may keep it in one.
LeaseId Node::State::draw_lease(Instant now) {
    Random random{config.session.value ^ ++leases_drawn * 0x9e3779b97f4a7c15 ^
                  static_cast<std::uint64_t>(now.time_since_epoch().count())};
    LeaseId lease;
    while (!lease)
        lease = LeaseId{random.next() >> 1};
    return lease;
}

void Node::State::serve(Asker asker, Instant deadline, const Reads::Query& query) {
    const auto* range = std::get_if<wire::RangeRequest>(&query);
    if ((range != nullptr && range->serializable) || mutated(Mutant::local_read))
        return answer_read(asker, deadline, query);
    if (!admit(asker, 0)) return;
    reads.add(std::move(asker), deadline, query);
}

// A place that this map has not reached may be one that a node told that is further: whoever comes from there
// waits until this one has caught up.
void Node::State::serve(Asker asker, Instant deadline, const wire::WatchRequest& watch) {
    if (Watches::is_ahead(watch, machine.revision()))
        return serve(std::move(asker), deadline, Reads::Query(watch));
    this->watch(std::move(asker), deadline, watch);
}

void Node::State::watch(Asker asker, Instant deadline, const wire::WatchRequest& watch) {
    const Revision now = machine.revision();
    if (Watches::is_ahead(watch, now)) {
        answers.error(asker, Code::future_revision,
                      "from: " + std::to_string(watch.from.value) +
                          " is not reached yet, nor can it have been told; the store is at " +
                          std::to_string(now.value));
    } else if (!watch.from) {
        answers.watch(asker, {}, Revision{now.value + 1});
    } else if (!watches.add(asker, deadline, watch)) {
        sometimes(Sometimes::request_refused_as_overload);
        answers.error(asker, Code::overloaded,
                      "the node has too many watches waiting; try again later, or another node");
    }
}

void Node::State::answer_read(const Asker& asker, Instant deadline, const Reads::Query& query) {
    ++counters.reads_served;
    std::visit(
        Overloaded{[&](const wire::WatchRequest& request) {
                       sometimes(Sometimes::watch_from_the_future_waited);
                       watch(asker, deadline, request);
                   },
                   [&](const wire::SnapshotRequest&) { wait_for_snapshot(asker, deadline, applied.index); },
                   [&](const auto& body) { answers.query(asker, machine, body); }},
        query);
}

void Node::State::answer_reads() {
    std::vector<std::string_view> keys;
    for (const auto& group : reads.take_ready(applied.index)) {
        caught_up = caught_up || group.probe;
        keys.clear();
        for (const auto& read : group.reads)
            if (const auto* range = std::get_if<wire::RangeRequest>(&read.query))
                keys.push_back(range->query.key);
        machine.prefetch(keys);
        for (const auto& read : group.reads) {
            if (is_trusted()) {
                answer_read(read.asker, read.deadline, read.query);
            } else {
                answers.error(read.asker, Code::unavailable, alarms.message(AlarmType::corrupt));
            }
            settled(0);
        }
    }
}

void Node::State::on_forward(Instant now, NodeId from, wire::Forward& forward) {
    for (auto& forwarded : forward.commands) {
        Asker asker{.route = {}, .forwarded_by = from, .id = forwarded.id};
        if (!leads() || !is_trusted()) {
            sometimes(Sometimes::forward_to_no_leader);
            answers.error(asker, Code::unavailable, "the node that it was forwarded to does not lead");
            continue;
        }
        const auto left =
            std::min<Duration>(std::chrono::milliseconds{forwarded.timeout_ms}, config.request_timeout_max);
        serve(now, std::move(asker), now + left, forwarded.command);
    }
}

void Node::State::on_forward_reply(Instant now, const wire::ForwardReply& reply) {
    for (const auto& [id, outcome, message] : reply.outcomes) {
        // Whatever refused it may have refused a copy: an earlier one may be in the log. But what the machine
        // said of a sequence it says of every copy, and a stale request is never applied again, by whoever.
        const bool settles =
            machine::is_evaluated(outcome.code) || outcome.code == Code::stale_request ||
            (outcome.code == Code::overloaded && mutated(Mutant::refusal_of_a_copy_believed));
        if (!settles) {
            forwarding.refused(now, id, message);
            continue;
        }
        const auto held = forwarding.answered(id);
        if (!held) continue;
        answer_or_wait(held->write, outcome);
        settled(held->write.bytes);
    }
}

void Node::State::on_greeting(NodeId from, const wire::Greeting& greeting) {
    peers.greeted(from, greeting);
    if (!greeting.reply_wanted) return;
    sometimes(Sometimes::greeting_answered);
    greet(from, false);
}

}  // namespace kvbus::node
