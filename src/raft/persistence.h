// What goes to disk and when: one Write per take(), and which messages must wait for one.
#pragma once

#include <optional>

#include "raft/state.h"

namespace kvbus::raft {

// Term and vote, as they are now, survive a crash.
[[nodiscard]] bool hard_state_is_durable(const State& state);

// Sends `body` as soon as the current term and vote and the log up to `through` are durable: at once when
// they are.
template <class Body>
void send_when_durable(State& state, NodeId to, Index through, Body body) {
    if (hard_state_is_durable(state) && through <= state.log.durable()) {
        state.send_to(to, std::move(body));
    } else {
        state.promise_to(to, std::move(body));
    }
}

[[nodiscard]] std::optional<Write> take_write(State& state);
void finish_writes(State& state, WriteId through);

}  // namespace kvbus::raft
