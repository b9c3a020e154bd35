#include "sim/disk.h"

#include <chrono>
#include <utility>

#include "base/mutant.h"

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr std::uint64_t slow_sync_us_min = 1'000;
constexpr std::uint64_t slow_sync_us_max = 1'000'000;
constexpr Duration fetch_time = microseconds{300};
constexpr std::uint64_t roomy = std::uint64_t{1} << 40;

}  // namespace

SimulatedDisk::SimulatedDisk(NodeId node, const Plan& plan, Agenda& agenda, StepChecker& watch,
                             scenario::MemoryDisk& image, Reports reports)
    : node_(node),
      agenda_(agenda),
      watch_(watch),
      image_(image),
      reports_(std::move(reports)),
      random_(stream(plan.seed, Use::disk, node.value)),
      sync_us_min_(plan.sync_us_min),
      sync_us_max_(plan.sync_us_max) {}

void SimulatedDisk::submit(raft::Write write) {
    reports_.submitting(write);
    image_.submit(std::move(write));
    if (syncing_ == 0) start_sync();
}

void SimulatedDisk::start_sync() {
    syncing_ = image_.in_flight().size() - forgotten_;
    if (syncing_ == 0) return;
    const bool slow = agenda_.now() < slow_until_;
    const std::uint64_t us = slow ? random_.between(slow_sync_us_min, slow_sync_us_max)
                                  : random_.between(sync_us_min_, sync_us_max_);
    agenda_.after(microseconds{us}, [this, life = life_] {
        if (life == life_) end_sync();
    });
}

void SimulatedDisk::end_sync() {
    const auto failure = std::exchange(failure_, std::nullopt);
    if (failure && !mutated(Mutant::sync_retried_after_error)) return reports_.failed(*failure);
    const raft::WriteId through = image_.in_flight().at(forgotten_ + syncing_ - 1).id;
    if (failure || forgotten_ > 0) {
        forgotten_ += syncing_;  // the kernel dropped the pages; the second sync says that all is well
    } else {
        complete(syncing_);
    }
    syncing_ = 0;
    const std::uint64_t life = life_;
    reports_.persisted(through);
    if (life == life_ && syncing_ == 0) start_sync();
}

void SimulatedDisk::complete(std::size_t writes) {
    for (; writes > 0; --writes)
        watch_.completed(node_, image_.complete_one());
}

void SimulatedDisk::fetch(raft::LogFetch fetch) {
    agenda_.after(fetch_time, [this, fetch, life = life_] {
        if (life == life_) reports_.fetched(fetch, image_.read(fetch));
    });
}

SimulatedDisk::Usage SimulatedDisk::usage() const {
    return {.bytes = 0, .free_bytes = agenda_.now() < full_until_ ? 0 : roomy, .syncs = 0};
}

void SimulatedDisk::repair() {
    slow_until_ = full_until_ = {};
    sync_us_max_ = sync_us_min_;
    failure_.reset();
}

void SimulatedDisk::crash() {
    ++life_;
    if (forgotten_ == 0) complete(random_.below(image_.in_flight().size() + 1));
    image_.crash();
    if (mutated(Mutant::last_entry_lost_on_restart)) image_.forget_last();
    syncing_ = forgotten_ = 0;
    failure_.reset();
}

}  // namespace kvbus::sim
