// What the state machine must have come to: the committed log applied, one command at a time, to plain
// std::maps. Knows nothing of the machine's indexes, sessions' bounds or hashes. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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
    [[nodiscard]] Revision revision_at(Index index) const { return revisions_.at(index.value); }

    // A key at a revision that some read saw, or at which some write said to have put it.
    struct Version {
        std::string value;
        Revision create_revision;
        std::uint64_t version = 0;
    };
    [[nodiscard]] const Version* find(std::string_view key, Revision mod_revision) const;

    // How often each value was put.
    using Puts = std::map<std::string, std::uint64_t, std::less<>>;
    [[nodiscard]] Puts puts() const;

    // Throws Violation when the machine, with everything applied, holds anything else.
    void compare(const machine::Machine& machine) const;

    [[nodiscard]] std::uint64_t retries_met() const {
        return retries_met_;
    }  // commands that were in the log before

  private:
    struct Session {
        Sequence first;  // what is below was answered, or given up, and is never applied again
        std::set<Sequence> done;
    };
    struct Live {
        Revision mod_revision;
        Version content;
    };
    [[nodiscard]] bool is_new(const machine::Command& command);
    void put(const machine::Put& put);
    void remove(const machine::Delete& remove);

    Revision revision_{1};
    std::vector<Revision> revisions_{Revision{1}};  // after each entry
    std::map<std::string, Live, std::less<>> live_;
    std::map<std::string, std::map<Revision, Version>, std::less<>> history_;
    std::map<ClientId, Session> sessions_;
    std::uint64_t retries_met_ = 0;
};

}  // namespace kvbus::sim
