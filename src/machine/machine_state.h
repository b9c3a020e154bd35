// What a machine is made of; for machine.cc, and for what tells it and builds it as an image.
#pragma once

#include "machine/history_bounds.h"
#include "machine/machine.h"
#include "machine/sessions.h"
#include "machine/writes.h"

namespace kvbus::machine {

// The part of the state hash that a revision has.
constexpr std::uint64_t hash_of_revision(Revision revision) {
    return revision.value * 0x9e3779b97f4a7c15;
}

struct Machine::State {
    explicit State(const Limits& given) : limits(given), sessions(given), history_bounds(given.history) {}

    Outcome write(const Put& put);
    Outcome write(const Delete& remove);
    Outcome write(const Append& append) { return write_answered(append); }
    Outcome write(const Increment& increment) { return write_answered(increment); }
    Outcome write(const Campaign& campaign) { return write_answered(campaign); }
    Outcome write(const Txn& txn);
    Outcome write(const LeaseGrant& grant);
    Outcome write(const LeaseRevoke& revoke);
    Outcome write(const LeaseKeepAlive& keep_alive);
    Outcome write(const Compact& compact);
    template <class Operation>
    Outcome write_answered(const Operation& operation);
    [[nodiscard]] Code check_removal(const Delete& remove) const;

    Outcome write(const Command& command);
    Outcome write_once(Session& session, const Command& command);
    Outcome write_in_session(const Command& command);
    [[nodiscard]] Outcome refuse(Code code) const { return {code, contents.revision, 0}; }

    Limits limits;
    Contents contents;
    Sessions sessions;
    HistoryBounds history_bounds;
};

}  // namespace kvbus::machine
