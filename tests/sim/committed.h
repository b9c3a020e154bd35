// What the committed log comes to: its commands applied, one at a time, to the reference machine
// (oracle/reference_machine.h), and when that was. It is never forgotten what any command came to, what there
// was at any revision, and how long each lease lived. Findings are thrown as Violations. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kvbus/types.h>

#include "base/time.h"
#include "machine/command.h"
#include "machine/machine.h"
#include "oracle/reference_machine.h"
#include "raft/types.h"

namespace kvbus::sim {

class Committed {
  public:
    explicit Committed(const machine::Limits& limits = {}) : reference_(limits) {}

    // The next entry that is committed; the first node has applied it, and what came before, now.
    void apply(const raft::Entry& entry, Instant now = {});
    // That node's machine had more history than its limits allow.
    void compacted_by_itself(Revision revision, Instant now);

    [[nodiscard]] const oracle::ReferenceMachine& reference() const { return reference_; }
    [[nodiscard]] Index applied() const { return Index{revisions_.size() - 1}; }
    [[nodiscard]] Revision revision() const { return reference_.revision(); }
    [[nodiscard]] Revision revision_at(Index index) const { return revisions_.at(index.value); }
    [[nodiscard]] Revision compacted_by(Instant time) const;  // as far as any node knew
    [[nodiscard]] Instant known_at(Revision revision) const;  // to any node

    // A command that had an effect, or that was refused for what the map was: the first of its copies.
    struct Applied {
        ClientId client;  // none: without a session
        Sequence sequence;
        Index index;
        std::size_t position = 0;  // in the entry
        bool wrote = false;        // and made a revision
        machine::Outcome outcome;
    };
    [[nodiscard]] const std::vector<Applied>& commands() const { return commands_; }
    // What a client sent under this number; nullptr: it was never applied.
    [[nodiscard]] const Applied* find(ClientId client, Sequence sequence) const;
    // What it says, whoever asked for it.
    [[nodiscard]] std::string text_of(const Applied& applied) const;
    [[nodiscard]] std::uint64_t retries_met() const { return retries_met_; }  // copies of what was applied

    struct LeaseLife {
        LeaseId lease;
        std::chrono::milliseconds granted{};
        Instant from;
        Instant ended = never;
    };
    [[nodiscard]] const std::vector<LeaseLife>& lease_lives() const { return lease_lives_; }

    // The end of a lease, or of a key with a time to live, because its time had come.
    struct Expiry {
        std::string what;
        Instant at;
        std::chrono::milliseconds ttl{};
        ClientId client;  // who had it begin anew last, under which number
        Sequence sequence;
    };
    [[nodiscard]] const std::vector<Expiry>& expiries() const { return expiries_; }

    // Throw when the machine, with everything applied, holds anything else: in what is quick to compare and
    // in the keys that changed since the last time, by point reads; or in everything, in ranges and in
    // history.
    void compare_changes(const machine::Machine& machine);
    void compare_all(const machine::Machine& machine) const;

  private:
    struct Renewal {
        ClientId client;
        Sequence sequence;
        std::chrono::milliseconds ttl{};
    };
    void advance(machine::ClusterTime time, Instant now);
    void apply(const machine::Command& command, Index index, std::size_t position, Instant now);
    void note(const machine::Command& command, const machine::Outcome& outcome, Instant now);
    void note_ttls(const machine::Command& command, const std::vector<machine::Operation>& operations);
    void note_ttl(const machine::Command& command, const machine::Put& put);
    void end_lease(LeaseId lease, Instant now);
    void note_compaction(Instant now);
    void compare_point_read(const machine::Machine& machine, std::string_view key) const;

    oracle::ReferenceMachine reference_;
    std::vector<raft::Entry> entries_;
    std::vector<Revision> revisions_{Revision{1}};  // after each entry
    std::vector<Instant> known_at_{{}, {}};         // by revision
    std::vector<Applied> commands_;                 // in the order of the log
    std::map<std::pair<ClientId, Sequence>, std::size_t> numbered_;
    std::vector<std::pair<Instant, Revision>> compactions_;
    std::vector<LeaseLife> lease_lives_;
    std::map<LeaseId, std::size_t> open_lives_;
    std::map<LeaseId, Renewal> lease_renewals_;
    std::map<std::string, Renewal, std::less<>> key_renewals_;
    std::vector<Expiry> expiries_;
    std::set<std::string, std::less<>> keys_;  // that ever were
    Revision changes_compared_{1};
    std::uint64_t retries_met_ = 0;
};

// What a command says, whoever asked for it, under whatever number.
[[nodiscard]] std::string text_of(const machine::Change& operation);

}  // namespace kvbus::sim
