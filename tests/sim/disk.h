// The disk of a simulated node. As the real one it does everything in the order of submission, and makes all
// that waits durable with one sync, which takes time; what a crash finds in flight is lost from some part on,
// since a write-ahead log that is torn anywhere ends there. Syncs may be slow, or fail, which ends the
// process. A machine is made of a snapshot's chunks, and of nothing else. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "machine/machine.h"
#include "node/ports.h"
#include "scenario/memory_disk.h"
#include "sim/agenda.h"
#include "sim/plan.h"
#include "sim/snapshot_store.h"
#include "sim/step_checker.h"

namespace kvbus::sim {

class SimulatedDisk final : public node::Disk {
  public:
    // Told on the agenda, only while the process that asked lives; what is handed in, at once.
    struct Reports {
        std::function<void(const raft::Write&)> submitting;
        std::function<void(const wire::SnapshotManifest&)> publishing;
        std::function<void(raft::WriteId through)> persisted;
        std::function<void(const raft::LogFetch&, std::vector<raft::Entry>)> fetched;
        std::function<void(const wire::SnapshotManifest&, raft::EntryId log_start)> published;
        std::function<void(const wire::SnapshotManifest&, Result<machine::Machine>)> loaded;
        std::function<void(wire::SnapshotChunk)> chunk_read;
        std::function<void(Duration down)> failed;  // a sync; the process must end
    };
    // `image` and the others outlive it.
    SimulatedDisk(NodeId node, const Plan& plan, Agenda& agenda, StepChecker& watch,
                  scenario::MemoryDisk& image, Reports reports);

    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override;
    void store(wire::SnapshotChunk chunk) override;
    void publish(wire::SnapshotManifest manifest, Index drop_through) override;
    void load(wire::SnapshotManifest manifest) override;
    void discard(std::uint64_t snapshot) override;
    void read(wire::ChunkName chunk) override;
    // At once, as nothing depends on when.
    void mark_corrupt(std::optional<std::string> why) override { corrupt_ = std::move(why); }
    [[nodiscard]] const std::optional<std::string>& corrupt() const { return corrupt_; }
    void dispose(machine::Machine) override {}
    [[nodiscard]] Usage usage() const override;

    // What a process that starts finds of snapshots: the one that counts, and the machine that it tells of.
    // Chunks of others go. Errors: it is damaged.
    struct Found {
        std::optional<wire::SnapshotManifest> snapshot;
        machine::Machine machine;
    };
    [[nodiscard]] Result<Found> recover();

    void crash();  // of the process
    void slow_until(Instant until) { slow_until_ = until; }
    void full_until(Instant until) { full_until_ = until; }
    void repair();                                           // from the next sync on all are quick, and work
    void fail_next_sync(Duration down) { failure_ = down; }  // and then the disk is away
    void rot_next_load() { rots_ = true; }                   // a bit flips in what was received
    [[nodiscard]] bool is_busy() const { return syncing_ > 0 || loading_ > 0; }
    [[nodiscard]] const scenario::MemoryDisk& image() const { return image_; }
    [[nodiscard]] const SnapshotStore& snapshots() const { return snapshots_; }

  private:
    // What waits for a sync. A write is the next of those that the image has in flight.
    struct NextWrite {
        raft::WriteId id;
    };
    struct Publication {
        wire::SnapshotManifest manifest;
        Index drop_through;
    };
    struct Load {
        wire::SnapshotManifest manifest;
        SnapshotStore::Chunks chunks;
    };
    using Job = std::variant<NextWrite, Publication, Load>;

    void add(Job job);
    void start_sync();
    void end_sync();
    void complete(std::size_t jobs);
    void complete(const NextWrite&);
    void complete(const Publication& publication);
    void complete(const Load& load);
    void report(const Job& job);
    void finish(Load& load);
    void rot(Load& load);
    void after(std::uint64_t us, std::function<void()> action);  // unless the process has ended

    NodeId node_;
    Agenda& agenda_;
    StepChecker& watch_;
    scenario::MemoryDisk& image_;
    SnapshotStore snapshots_;
    Reports reports_;
    Random random_;
    machine::Limits limits_;
    std::uint64_t sync_us_min_, sync_us_max_, load_us_max_;
    std::uint64_t life_ = 0;  // counts crashes: what was begun before one is never reported
    std::deque<Job> jobs_;
    std::size_t syncing_ = 0;    // the jobs that the sync under way makes durable
    std::size_t forgotten_ = 0;  // jobs reported durable by a retried sync, though they are not: a mutant's
    std::uint64_t loading_ = 0;
    std::map<std::uint64_t, wire::SnapshotManifest> loaded_;  // may be installed
    Instant slow_until_{};
    Instant full_until_{};
    std::optional<Duration> failure_;  // of the next sync
    bool rots_ = false;
    std::optional<std::string> corrupt_;
};

}  // namespace kvbus::sim
