// What the state machine must have come to: the committed log applied, one command at a time, to plain
// std::maps, which forget nothing: what any command came to, and what there was at any revision, is known to
// the end. Knows nothing of the machine's indexes, sessions' bounds or hashes. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kvbus/types.h>

#include "machine/command.h"
#include "machine/machine.h"
#include "raft/types.h"

namespace kvbus::sim {

class Model {
  public:
    void apply(const raft::Entry& entry);  // the next one that is committed

    [[nodiscard]] Index applied() const { return Index{revisions_.size() - 1}; }
    [[nodiscard]] Revision revision() const { return revision_; }
    [[nodiscard]] Revision revision_at(Index index) const { return revisions_.at(index.value); }

    // A key as some put left it.
    struct Version {
        std::string value;
        Revision create_revision;
        std::uint64_t version = 0;
    };
    [[nodiscard]] const Version* find(std::string_view key, Revision mod_revision) const;

    // The keys that there were at a revision, in byte order. Views into the model, valid until the next
    // apply().
    [[nodiscard]] std::vector<machine::Record> range_at(Revision revision, std::string_view key,
                                                        std::string_view range_end) const;

    // What the write that a client sent under this number came to; none: it was never applied.
    [[nodiscard]] std::optional<machine::Outcome> outcome_of(ClientId client, Sequence sequence) const;

    // A remove that was applied, be it of nothing.
    struct Removal {
        std::string key, range_end;
        ClientId client;  // none: without a session
        Sequence sequence;
        machine::Outcome outcome;
    };
    [[nodiscard]] const std::vector<Removal>& removals() const { return removals_; }

    // How often each value was put.
    using Puts = std::map<std::string, std::uint64_t, std::less<>>;
    [[nodiscard]] Puts puts() const;

    // Throws Violation when the machine, with everything applied, holds anything else, in either of its
    // indexes.
    void compare(const machine::Machine& machine) const;

    [[nodiscard]] std::uint64_t retries_met() const {
        return retries_met_;
    }  // commands that were in the log before

  private:
    struct Session {
        Sequence first;  // what is below was answered, or given up, and is never applied again
        std::map<Sequence, machine::Outcome> done;
    };
    // By the revision of the write that made it so; none: the key was removed.
    using Versions = std::map<Revision, std::optional<Version>>;

    void apply(const machine::Command& command);
    [[nodiscard]] machine::Outcome write(const machine::Put& put);
    [[nodiscard]] machine::Outcome write(const machine::Delete& remove);
    void compare_point_reads(const machine::Machine& machine) const;

    Revision revision_{1};
    std::vector<Revision> revisions_{Revision{1}};  // after each entry
    std::map<std::string, Versions, std::less<>> history_;
    std::map<ClientId, Session> sessions_;
    std::vector<Removal> removals_;
    std::uint64_t retries_met_ = 0;
};

}  // namespace kvbus::sim
