// Applies committed entries to the state machine: in a running node, and when the log is replayed at
// start-up.
#pragma once

#include <functional>

#include <kvbus/error.h>

#include "machine/machine.h"
#include "raft/types.h"

namespace kvbus::node {

// Called for each command of the entry, in order.
using OnOutcome = std::function<void(const machine::Command&, const machine::Outcome&)>;

// Damaged when the entry's bytes are no batch. Commands before the damage have been applied.
Result<void> apply_entry(machine::Machine& machine, const raft::Entry& entry,
                         const OnOutcome& on_outcome = {});

}  // namespace kvbus::node
