#include "node/apply.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "wire/batch.h"

namespace kvbus::node {
namespace {

constexpr std::size_t group_max = 64;

// Empty for what is about no key, or about many.
std::string_view key_of(const machine::Command& command) {
    return std::visit(
        [](const auto& operation) -> std::string_view {
            if constexpr (requires { operation.key; }) return operation.key;
            return {};
        },
        command.operation);
}

}  // namespace

Result<void> apply_entry(machine::Machine& machine, const raft::Entry& entry, const OnOutcome& on_outcome) {
    if (entry.type != raft::EntryType::commands) return {};
    wire::BatchReader batch(entry.data.view());
    if (batch.ok()) {
        machine.limit_history(batch.history_limits());
        machine.advance(batch.time());
    }
    // In groups, so that the look-ups of a group wait for memory together.
    std::array<machine::Command, group_max> commands;
    std::array<std::string_view, group_max> keys;
    for (std::size_t count = group_max; count == group_max;) {
        count = 0;
        std::size_t keyed = 0;
        while (count < group_max) {
            auto command = batch.next();
            if (!command) break;
            if (const auto key = key_of(*command); !key.empty()) keys[keyed++] = key;
            commands[count++] = *std::move(command);
        }
        machine.prefetch(std::span(keys).first(keyed));
        for (const auto& command : std::span(commands).first(count)) {
            const auto outcome = machine.apply(command);
            if (on_outcome) on_outcome(command, outcome);
        }
    }
    if (batch.ok()) return {};
    return Error{Code::damaged,
                 "log entry " + std::to_string(entry.id.index.value) +
                     " is no batch of commands: written by a newer kvbus, or damaged; start the "
                     "version that wrote it, or rebuild this node from the others"};
}

}  // namespace kvbus::node
