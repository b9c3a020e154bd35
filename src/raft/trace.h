// One line of text for each thing that a core is told or does, for transcripts that a person reads. Pure
// functions of their arguments: the same values give the same text, so that a transcript can be compared byte
// for byte.
//
// Nodes are written as their number, entries as term/index ("2/5" is entry 5, of term 2), runs of entries of
// one term as "2/5-7".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "raft/core.h"

namespace kvbus::raft {

// The name of a message's kind: pre-vote, vote, append, heartbeat, read, each also with "-reply"; and
// install-snapshot.
[[nodiscard]] std::string_view kind_of(const Message& message);

// Of a node, a term, an index.
[[nodiscard]] std::string number(auto id) {
    return std::to_string(id.value);
}

[[nodiscard]] std::string describe(EntryId id);                             // 2/5
[[nodiscard]] std::string describe(const Entry& entry);                     // 2/5 'put a', or 2/5 no-op
[[nodiscard]] std::string describe(std::span<const Entry> entries);         // 1/3,2/4-6
[[nodiscard]] std::string describe(const Message& message);                 // vote term=3 last=2/5
[[nodiscard]] std::string describe(NodeId from, const Envelope& envelope);  // 1 > 2 vote term=3 last=2/5
[[nodiscard]] std::string describe(NodeId node, const Role& role);          // 2 becomes candidate at term 3
[[nodiscard]] std::string describe(NodeId node, const Status& status);
[[nodiscard]] std::string describe(const Write& write);  // write 7: term=3 vote=1 commit=4 drop=5- add=3/5-6
[[nodiscard]] std::string describe(const SnapshotMeta& snapshot);  // snapshot 9 up to 2/5 at 1
[[nodiscard]] std::string describe(const ReadGrant& grant);        // read 1 at 4
[[nodiscard]] std::string describe(const LogFetch& fetch);         // 4-9 for 3

}  // namespace kvbus::raft
