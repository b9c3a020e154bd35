#include "raft/persistence.h"

#include "base/check.h"
#include "base/sometimes.h"

namespace kvbus::raft {
namespace {

bool hard_state_is_told(const State& state) {
    return state.persistence.told.term == state.term && state.persistence.told.vote == state.vote;
}

}  // namespace

bool hard_state_is_durable(const State& state) {
    return hard_state_is_told(state) && state.persistence.hard_state_written <= state.persistence.done;
}

std::optional<Write> take_write(State& state) {
    Persistence& disk = state.persistence;
    const bool must_store = !hard_state_is_told(state) || state.install || state.log.has_unwritten();
    if (!must_store && state.promises.empty()) return std::nullopt;

    if (!must_store) sometimes(Sometimes::promises_with_nothing_to_store);
    if (disk.issued > disk.done) sometimes(Sometimes::several_writes_in_flight);
    Write write;
    write.id = disk.issued = WriteId{disk.issued.value + 1};
    if (!hard_state_is_told(state)) disk.hard_state_written = write.id;
    write.install = std::exchange(state.install, std::nullopt);
    Log::Change change = state.log.begin_write(write.id);
    write.truncate_from = change.truncate_from;
    write.append = std::move(change.append);
    // The commit index is stored to shorten a restart, and never causes a write of its own.
    const HardState hard_state{state.term, state.vote, state.commit};
    if (must_store && hard_state != disk.told) write.hard_state = disk.told = hard_state;
    write.then_send = std::exchange(state.promises, {});
    return write;
}

void finish_writes(State& state, WriteId through) {
    Persistence& disk = state.persistence;
    KV_CHECK(through >= disk.done && through <= disk.issued,
             "a write was acknowledged that was never handed out");
    if (through.value > disk.done.value + 1) sometimes(Sometimes::several_writes_done_at_once);
    disk.done = through;
    state.log.finish_writes(through);
}

}  // namespace kvbus::raft
