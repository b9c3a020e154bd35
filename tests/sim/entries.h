// What the tests of the model and the ledger share: committed entries, made of commands. One thread.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "base/blob.h"
#include "raft/types.h"
#include "wire/batch.h"

namespace kvbus::sim::testing {

[[nodiscard]] inline raft::Entry entry_of(Index index, std::span<const machine::Command> commands) {
    wire::BatchBuilder builder;
    for (const machine::Command& command : commands)
        builder.add(command);
    const machine::ClusterTime time{std::chrono::milliseconds{index.value}};
    return {{Term{1}, index}, raft::EntryType::commands, Blob::copy_of(builder.finish(time))};
}

[[nodiscard]] inline raft::Entry entry_of(Index index, std::initializer_list<machine::Command> commands) {
    return entry_of(index, std::span(commands.begin(), commands.size()));
}

// Without a session when there is no client.
[[nodiscard]] inline machine::Command put(std::string_view key, std::string_view value,
                                          std::uint64_t client = 0, std::uint64_t sequence = 0,
                                          std::uint64_t first_unanswered = 1) {
    if (client == 0) return {{}, {}, {}, machine::Put{key, value}};
    return {ClientId{client}, Sequence{sequence}, Sequence{first_unanswered}, machine::Put{key, value}};
}

[[nodiscard]] inline machine::Command remove(std::string_view key, std::string_view range_end = {},
                                             std::uint64_t client = 0, std::uint64_t sequence = 0) {
    if (client == 0) return {{}, {}, {}, machine::Delete{key, range_end}};
    return {ClientId{client}, Sequence{sequence}, Sequence{1}, machine::Delete{key, range_end}};
}

}  // namespace kvbus::sim::testing
