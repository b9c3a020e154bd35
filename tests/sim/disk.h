// The disk of a simulated node. As the real one it makes all writes that wait durable with one sync, which
// takes time; what a crash finds in flight is lost from some write on, since a write-ahead log that is torn
// anywhere ends there. Syncs may be slow, or fail, which ends the process. One thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "node/ports.h"
#include "scenario/memory_disk.h"
#include "sim/agenda.h"
#include "sim/plan.h"
#include "sim/step_checker.h"

namespace kvbus::sim {

class SimulatedDisk final : public node::Disk {
  public:
    // Told on the agenda, only while the process that asked lives.
    struct Reports {
        std::function<void(const raft::Write&)> submitting;
        std::function<void(raft::WriteId through)> persisted;
        std::function<void(const raft::LogFetch&, std::vector<raft::Entry>)> fetched;
        std::function<void(Duration down)> failed;  // a sync; the process must end
    };
    // `image` and the others outlive it.
    SimulatedDisk(NodeId node, const Plan& plan, Agenda& agenda, StepChecker& watch,
                  scenario::MemoryDisk& image, Reports reports);

    void submit(raft::Write write) override;
    void fetch(raft::LogFetch fetch) override;
    [[nodiscard]] Usage usage() const override;

    void crash();  // of the process
    void slow_until(Instant until) { slow_until_ = until; }
    void full_until(Instant until) { full_until_ = until; }
    void repair();                                           // from the next sync on all are quick, and work
    void fail_next_sync(Duration down) { failure_ = down; }  // and then the disk is away
    [[nodiscard]] bool is_busy() const { return syncing_ > 0; }
    [[nodiscard]] const scenario::MemoryDisk& image() const { return image_; }

  private:
    void start_sync();
    void end_sync();
    void complete(std::size_t writes);

    NodeId node_;
    Agenda& agenda_;
    StepChecker& watch_;
    scenario::MemoryDisk& image_;
    Reports reports_;
    Random random_;
    std::uint64_t sync_us_min_, sync_us_max_;
    std::uint64_t life_ = 0;     // counts crashes: what was begun before one is never reported
    std::size_t syncing_ = 0;    // the writes that the sync under way makes durable
    std::size_t forgotten_ = 0;  // writes reported durable by a retried sync, though they are not: a mutant's
    Instant slow_until_{};
    Instant full_until_{};
    std::optional<Duration> failure_;  // of the next sync
};

}  // namespace kvbus::sim
