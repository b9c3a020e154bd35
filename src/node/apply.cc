#include "node/apply.h"

#include <string>

#include "wire/batch.h"

namespace kvbus::node {

Result<void> apply_entry(machine::Machine& machine, const raft::Entry& entry, const OnOutcome& on_outcome) {
    if (entry.type != raft::EntryType::commands) return {};
    wire::BatchReader batch(entry.data.view());
    if (batch.ok()) machine.advance(batch.time());
    while (const auto command = batch.next()) {
        const auto outcome = machine.apply(*command);
        if (on_outcome) on_outcome(*command, outcome);
    }
    if (batch.ok()) return {};
    return Error{Code::damaged,
                 "log entry " + std::to_string(entry.id.index.value) +
                     " is no batch of commands: written by a newer kvbus, or damaged; start the "
                     "version that wrote it, or rebuild this node from the others"};
}

}  // namespace kvbus::node
