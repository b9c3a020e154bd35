#include "bus/monitor.h"

#include <cstring>

#include <zmq.h>

#include "base/check.h"

namespace kvbus::bus {

Result<Monitor> Monitor::open(Context& context, Socket& watched, const std::string& name) {
    auto opened = Socket::open(context, ZMQ_PAIR);
    if (!opened) return opened.error();
    auto events = std::move(*opened);
    events->set(ZMQ_LINGER, 0);
    events->set(ZMQ_RCVHWM,
                0);  // libzmq waits for room to report an event, and would keep its I/O thread waiting
    const std::string url = "inproc://monitor-" + name;
    watched.monitor(url, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
    const auto connected = events->connect(url);
    KV_CHECK(connected.ok(), url);
    Frame none;
    KV_CHECK(!events->receive(none));  // from now on its descriptor announces events
    return Monitor(watched, std::move(events));
}

Monitor::~Monitor() {
    // Before our end of the pair goes: libzmq would wait for somebody to take its reports.
    if (events_) watched_->stop_monitor();
}

std::optional<ConnectionEvent> Monitor::next() {
    Frame frame;
    while (events_->receive(frame)) {
        // Two parts: a 16-bit event with a 32-bit value, and the address.
        std::uint16_t event = 0;
        KV_CHECK(frame.more() && frame.view().size() >= sizeof event);
        std::memcpy(&event, frame.view().data(), sizeof event);
        KV_CHECK(events_->receive(frame) && !frame.more());
        switch (event) {
            case ZMQ_EVENT_ACCEPTED:
                return ConnectionEvent::accepted;
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                return ConnectionEvent::established;
            case ZMQ_EVENT_DISCONNECTED:
                return ConnectionEvent::ended;
            default:
                break;
        }
    }
    return std::nullopt;
}

void ConnectionCounter::update() {
    while (const auto event = monitor_.next()) {
        if (*event == ConnectionEvent::accepted) ++accepted_;
        if (*event == ConnectionEvent::established) ++established_;
    }
}

}  // namespace kvbus::bus
