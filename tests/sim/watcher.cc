#include "sim/watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/check.h"
#include "scenario/violation.h"
#include "sim/watch_check.h"
#include "sim/workload.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// A node answers before that, or not at all.
constexpr Duration patience = 500ms;

}  // namespace

SimulatedWatcher::SimulatedWatcher(std::uint64_t number, const Plan& plan, Agenda& agenda, Network& network,
                                   std::vector<Replica*> replicas, const Committed& committed)
    : plan_(plan),
      agenda_(agenda),
      committed_(committed),
      random_(stream(plan.seed, Use::watcher, number)),
      connections_(number, true, agenda, network, std::move(replicas),
                   {.connected = [](NodeId) {},
                    .lost = [](NodeId, std::string_view) {},
                    .received = [this](NodeId, std::string_view frame) { received(frame); }}) {}

void SimulatedWatcher::start() {
    connections_.open();
    begin_watch();
    ask_later();
}

bool SimulatedWatcher::is_caught_up() const {
    const wire::WatchRequest next = watch_->place.request();
    return next.from.value == committed_.revision().value + 1 && next.offset == 0;
}

// From now on, from a revision that was, from the next one, or from one that will be.
void SimulatedWatcher::begin_watch() {
    const std::uint64_t now = committed_.revision().value;
    switch (random_.below(5)) {
        case 0:
            return begin_watch(Revision{});
        case 1:
            return begin_watch(Revision{now + 1 + random_.below(5)});
        case 2:
            return begin_watch(Revision{1 + random_.below(now)});
        default:
            return begin_watch(Revision{now + 1 - std::min(now, random_.below(50))});
    }
}

void SimulatedWatcher::begin_watch(Revision from) {
    WatchOptions options{.revision = from};
    switch (random_.below(4)) {
        case 0:  // a key
            key_ = Workload::any_key(random_, plan_);
            break;
        case 1:  // a family, which is a prefix
            key_ = Workload::any_key(random_, plan_).substr(0, 1);
            options.range_end = std::string(1, static_cast<char>(key_[0] + 1));
            break;
        case 2:  // a range
            key_ = Workload::any_key(random_, plan_);
            options.range_end = Workload::any_key(random_, plan_);
            break;
        default:
            key_ = options.range_end = std::string(1, '\0');
    }
    options.prev_kv = random_.chance(0.5);
    options.keys_only = random_.chance(0.2);
    options.no_put = random_.chance(0.1);
    options.no_delete = random_.chance(0.1);
    options.progress = random_.chance(0.5);
    const std::uint64_t bytes_max = random_.chance(0.5) ? 1 + random_.below(400) : 0;
    watch_.emplace(Watch{client::WatchPlace{key_, options}, bytes_max});
}

void SimulatedWatcher::ask_later() {
    agenda_.after(microseconds{hurries_ ? 0 : random_.below(plan_.think_us + 1)}, [this] {
        if (!stopped_) ask();
    });
}

void SimulatedWatcher::ask() {
    request_ = watch_->place.request();
    request_.bytes_max = hurries_ ? 0 : watch_->bytes_max;
    committed_at_begin_ = committed_.revision();
    const milliseconds timeout{1 + random_.below(hurries_ ? 200 : 2'000)};  // a node may be gone for good
    std::string frame;
    wire::append_request(
        frame, {.id = ++id_, .timeout_ms = static_cast<std::uint32_t>(timeout.count()), .body = request_});
    connections_.send(NodeId{1 + random_.below(plan_.nodes)}, std::move(frame));
    agenda_.after(timeout + patience, [this, id = id_] {
        if (id == id_ && !stopped_) ask();
    });
}

void SimulatedWatcher::received(std::string_view frame) {
    wire::ReplyReader reader(frame);
    while (!reader.done()) {
        const auto reply = reader.next();
        if (!reply.ok()) return;
        if (reply->head.id == id_) answered(*reply);
    }
}

void SimulatedWatcher::answered(const wire::Reply& reply) {
    ++id_;
    if (const auto* error = std::get_if<Error>(&reply.body)) {
        answered(*error);
    } else {
        const auto& told = std::get<wire::WatchReply>(reply.body);
        check_watch_reply(committed_, request_, told);
        if (!client::goes_on(request_, told)) throw Violation("a client does not believe a reply to a watch");
        told_ += told.events.size();
        (void)watch_->place.advance(reply.head.header, told);
        if (!hurries_ && random_.chance(0.02)) begin_watch();
    }
    ask_later();
}

void SimulatedWatcher::answered(const Error& error) {
    if (error.code == Code::compacted) {
        check_watch_compacted(committed_, request_, error, agenda_.now());
        return begin_watch(Revision{error.first_revision});
    }
    if (error.code != Code::future_revision) return;
    if (request_.from.value <= committed_at_begin_.value + 1)
        throw Violation("a watch from revision " + std::to_string(request_.from.value) +
                        " was told that it is of the future, and the log was at " +
                        std::to_string(committed_at_begin_.value) + " when it was asked for");
    begin_watch();
}

}  // namespace kvbus::sim
