#include "sim/disk.h"

#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "base/mutant.h"
#include "base/overloaded.h"
#include "scenario/violation.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using std::chrono::microseconds;

constexpr std::uint64_t slow_us_min = 1'000;
constexpr std::uint64_t slow_us_max = 1'000'000;
constexpr std::uint64_t fetch_us = 300;
constexpr std::uint64_t read_us_min = 50;
constexpr std::uint64_t read_us_max = 5'000;
constexpr std::uint64_t roomy = std::uint64_t{1} << 40;

[[noreturn]] void violated(NodeId node, const std::string& what, const wire::SnapshotManifest& manifest) {
    throw Violation(std::to_string(node.value) + " " + what + ": that of entry " +
                    std::to_string(manifest.meta.last.index.value) + ", taken by " +
                    std::to_string(manifest.meta.holder.value));
}

}  // namespace

SimulatedDisk::SimulatedDisk(NodeId node, const Plan& plan, Agenda& agenda, StepChecker& watch,
                             scenario::MemoryDisk& image, Reports reports)
    : node_(node),
      agenda_(agenda),
      watch_(watch),
      image_(image),
      reports_(std::move(reports)),
      random_(stream(plan.seed, Use::disk, node.value)),
      limits_(machine_limits(plan)),
      sync_us_min_(plan.sync_us_min),
      sync_us_max_(plan.sync_us_max),
      load_us_max_(plan.load_us_max) {}

void SimulatedDisk::after(std::uint64_t us, std::function<void()> action) {
    agenda_.after(microseconds{us}, [this, life = life_, action = std::move(action)] {
        if (life == life_) action();
    });
}

void SimulatedDisk::submit(raft::Write write) {
    reports_.submitting(write);
    if (write.install && !loaded_.contains(write.install->snapshot.id))
        throw Violation(std::to_string(node_.value) + " installs a snapshot that it has not loaded");
    const NextWrite job{write.id};
    image_.submit(std::move(write));
    add(job);
}

void SimulatedDisk::publish(wire::SnapshotManifest manifest, Index drop_through) {
    reports_.publishing(manifest);
    if (!is_whole(manifest, snapshots_.chunks_of(manifest.meta.id)))
        violated(node_, "publishes a snapshot that it has not stored whole", manifest);
    if (drop_through > manifest.meta.last.index)
        violated(node_, "drops more of its log than its snapshot covers", manifest);
    add(Publication{std::move(manifest), drop_through});
}

void SimulatedDisk::load(wire::SnapshotManifest manifest) {
    SnapshotStore::Chunks chunks = snapshots_.chunks_of(manifest.meta.id);
    if (!is_whole(manifest, chunks))
        violated(node_, "loads a snapshot that it has not stored whole", manifest);
    ++loading_;
    add(Load{std::move(manifest), std::move(chunks)});
}

void SimulatedDisk::add(Job job) {
    jobs_.push_back(std::move(job));
    if (syncing_ == 0) start_sync();
}

void SimulatedDisk::start_sync() {
    syncing_ = jobs_.size() - forgotten_;
    if (syncing_ == 0) return;
    const bool slow = agenda_.now() < slow_until_;
    after(slow ? random_.between(slow_us_min, slow_us_max) : random_.between(sync_us_min_, sync_us_max_),
          [this] { end_sync(); });
}

void SimulatedDisk::end_sync() {
    const auto failure = std::exchange(failure_, std::nullopt);
    if (failure && !mutated(Mutant::sync_retried_after_error)) return reports_.failed(*failure);
    const auto first = jobs_.begin() + static_cast<std::ptrdiff_t>(forgotten_);
    const std::vector<Job> done{first, first + static_cast<std::ptrdiff_t>(syncing_)};
    if (failure || forgotten_ > 0) {
        forgotten_ += syncing_;  // the kernel dropped the pages; the second sync says that all is well
    } else {
        complete(syncing_);
    }
    syncing_ = 0;
    const std::uint64_t life = life_;
    raft::WriteId through;
    for (const Job& job : done)
        if (const auto* write = std::get_if<NextWrite>(&job)) through = write->id;
    if (through) reports_.persisted(through);
    for (const Job& job : done)
        if (life == life_) report(job);
    if (life == life_ && syncing_ == 0) start_sync();
}

void SimulatedDisk::complete(std::size_t jobs) {
    for (; jobs > 0; --jobs) {
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        std::visit([&](const auto& what) { complete(what); }, job);
    }
}

void SimulatedDisk::complete(const NextWrite&) {
    const raft::Write write = image_.complete_one();
    if (write.install) snapshots_.count(loaded_.at(write.install->snapshot.id));
    watch_.completed(node_, write);
}

void SimulatedDisk::complete(const Publication& publication) {
    const wire::SnapshotManifest& manifest = publication.manifest;
    if (!mutated(Mutant::snapshot_published_before_chunks_are_durable))
        snapshots_.make_durable(manifest.meta.id);
    snapshots_.count(manifest);
    (void)image_.publish(manifest.meta, publication.drop_through);
}

void SimulatedDisk::complete(const Load& load) {
    snapshots_.make_durable(load.manifest.meta.id);
}

// What came of it beyond a write. While a machine is made, writes go on.
void SimulatedDisk::report(const Job& job) {
    if (const auto* publication = std::get_if<Publication>(&job))
        reports_.published(publication->manifest, image_.durable().log_start);
    if (const auto* load = std::get_if<Load>(&job))
        after(random_.between(load_us_max_ / 5, load_us_max_),
              [this, load = *load]() mutable { finish(load); });
}

void SimulatedDisk::finish(Load& load) {
    --loading_;
    const bool rots = std::exchange(rots_, false) && !load.chunks.empty();
    if (rots) rot(load);
    Result<machine::Machine> machine = build(limits_, load.manifest, load.chunks);
    if (rots && machine.ok()) violated(node_, "does not notice a flipped bit in a snapshot", load.manifest);
    if (machine.ok()) loaded_[load.manifest.meta.id] = load.manifest;
    reports_.loaded(load.manifest, std::move(machine));
}

void SimulatedDisk::rot(Load& load) {
    auto& [name, bytes] =
        *std::next(load.chunks.begin(), static_cast<std::ptrdiff_t>(random_.below(load.chunks.size())));
    bytes = std::make_shared<const std::string>(with_flipped_bit(*bytes, random_));
    if (snapshots_.chunks_of(name.snapshot).contains(name)) snapshots_.store({name, *bytes});
}

void SimulatedDisk::fetch(raft::LogFetch fetch) {
    after(fetch_us, [this, fetch] { reports_.fetched(fetch, image_.read(fetch)); });
}

void SimulatedDisk::store(wire::SnapshotChunk chunk) {
    snapshots_.store(std::move(chunk));
}

void SimulatedDisk::discard(std::uint64_t snapshot) {
    snapshots_.discard(snapshot);
    loaded_.erase(snapshot);
}

void SimulatedDisk::read(wire::ChunkName chunk) {
    after(random_.between(read_us_min, read_us_max), [this, chunk] {
        reports_.chunk_read({chunk, snapshots_.read(chunk)});
    });
}

// One that is slow has not stored yet what it was given.
SimulatedDisk::Usage SimulatedDisk::usage() const {
    const Instant now = agenda_.now();
    return {.bytes = 0,
            .free_bytes = now < full_until_ ? 0 : roomy,
            .syncs = 0,
            .chunk_bytes_waiting = now < slow_until_ ? roomy : 0};
}

Result<SimulatedDisk::Found> SimulatedDisk::recover() {
    snapshots_.keep_what_counts();
    Found found{snapshots_.counting(), machine::Machine{limits_}};
    if (!found.snapshot) return found;
    auto built = build(limits_, *found.snapshot, snapshots_.chunks_of(found.snapshot->meta.id));
    if (!built.ok()) return built.error();
    found.machine = std::move(*built);
    return found;
}

void SimulatedDisk::repair() {
    slow_until_ = full_until_ = {};
    sync_us_max_ = sync_us_min_;
    failure_.reset();
    rots_ = false;
}

void SimulatedDisk::crash() {
    ++life_;
    if (forgotten_ == 0) complete(random_.below(jobs_.size() + 1));
    image_.crash();
    snapshots_.crash(random_);
    jobs_.clear();
    loaded_.clear();
    if (mutated(Mutant::last_entry_lost_on_restart)) image_.forget_last();
    syncing_ = forgotten_ = 0;
    loading_ = 0;
    failure_.reset();
}

}  // namespace kvbus::sim
