// A cluster of raft cores in one thread, with a virtual clock, a network and a disk per node that do what
// they are told. The same inputs give the same run, byte for byte. Checker watches every step; what breaks is
// thrown as a Violation.
//
// Unless told otherwise a message takes a millisecond, and so does a sync, which makes durable all writes
// that wait. The bytes of snapshots are not modelled: what was offered is installed after some time, if its
// holder runs and still has it then.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/core.h"
#include "scenario/checker.h"
#include "scenario/memory_disk.h"
#include "scenario/network.h"

namespace kvbus::scenario {

struct ClusterOptions {
    std::uint64_t nodes = 3;
    std::uint64_t seed = 1;
    raft::Config config = {};             // of every node, but for `self` and `seed`
    std::vector<Duration> timeouts = {};  // if given: node n has exactly the election timeout timeouts[n - 1]
    Duration sync_time = std::chrono::milliseconds{1};
    Duration snapshot_time = std::chrono::milliseconds{20};  // to fetch one
};

enum class Topic : std::uint8_t { message, disk, role, apply, read, fetch, snapshot, process, refusal };

class Cluster {
  public:
    // Told, in order, of everything that happens; may be empty. `kind` is the message's, or empty.
    using Narrator = std::function<void(Topic topic, std::string_view kind, const std::string& line)>;

    Cluster(const ClusterOptions& options, Narrator narrator);

    // Carries out the next thing that is due by `end`; false, and the clock stands at `end`, when nothing is.
    bool run_next(Duration end);
    void run_until(Duration end);
    [[nodiscard]] Duration now() const { return now_ - Instant{}; }

    void propose(NodeId node, std::string_view data);
    void read(NodeId node);
    // Of all that it has applied, once that is on its disk; keeps the last `entries_kept` of it in its log.
    [[nodiscard]] bool can_take_snapshot(NodeId node) const;
    void take_snapshot(NodeId node, std::uint64_t entries_kept);
    void campaign(NodeId node);  // its clock jumps to the end of its election timeout; the others' do not
    void crash(NodeId node);     // writes in flight are lost; messages under way are not
    void restart(NodeId node, Index base = {});  // with everything up to `base`, or its snapshot, applied
    void lose(NodeId dead);                      // all others hear of its death
    void deliver(const Flight& flight);          // now

    void set_sync_time(Duration time) { options_.sync_time = time; }  // from the next sync on
    void set_snapshot_time(Duration time) { options_.snapshot_time = time; }
    void hold_disk(NodeId node, bool hold);
    void persist_one(NodeId node);
    void persist_all(NodeId node);

    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] std::uint64_t size() const { return disks_.size(); }
    [[nodiscard]] const raft::Core* core(NodeId node) const;  // null while it is down
    [[nodiscard]] const MemoryDisk& disk(NodeId node) const { return disks_[node.value - 1]; }
    [[nodiscard]] const Checker& checker() const { return checker_; }
    [[nodiscard]] NodeId leader() const;  // that leads the latest term; none if nobody that runs leads

    // As `describe`, with reads numbered from 1 in the order in which they were asked for.
    [[nodiscard]] std::string text_of(NodeId from, raft::Envelope envelope) const;

  private:
    struct Process {
        std::unique_ptr<raft::Core> core;
        Duration clock_ahead{};
        std::uint64_t starts = 0;
        std::uint64_t writes = 0;  // that it handed out
        bool disk_held = false;
        Instant sync_due = never;
        std::deque<std::pair<Instant, raft::LogFetch>> fetches;
        std::optional<raft::SnapshotMeta> snapshot;  // being fetched
        Instant snapshot_due = never;
    };

    [[nodiscard]] Process& process(NodeId node) { return processes_[node.value - 1]; }
    [[nodiscard]] raft::Core& running(NodeId node);
    [[nodiscard]] Instant clock(NodeId node) const;
    [[nodiscard]] Instant next_due(NodeId node) const;
    void do_next(NodeId node);  // what next_due() is about
    void collect(NodeId node);
    void send(NodeId from, const raft::Envelope& envelope);
    void submit(NodeId node, raft::Write write);
    void sync(NodeId node, std::size_t writes);
    void answer_fetch(NodeId node);
    void fetch_snapshot(NodeId node, const raft::SnapshotMeta& offer);
    void install_snapshot(NodeId node);
    [[nodiscard]] std::uint64_t number_of(raft::ReadId id) const;
    void tell(Topic topic, const auto& line);  // `line` makes the text, if somebody listens
    void tell_message(NodeId from, const raft::Envelope& envelope, std::string_view fate);
    void refuse(NodeId node, const Error& error);

    ClusterOptions options_;
    Narrator narrator_;
    raft::Membership membership_;
    Instant now_;
    std::vector<MemoryDisk> disks_;
    std::vector<Process> processes_;
    Network network_;
    Checker checker_;
    std::map<raft::ReadId, std::uint64_t> read_numbers_;
    std::uint64_t snapshots_ = 0;
};

}  // namespace kvbus::scenario
