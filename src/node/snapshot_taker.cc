#include "node/snapshot_taker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::node {
namespace {

constexpr std::uint64_t entry_overhead = 64;  // in the log, for those that hold little
constexpr std::uint64_t marks_max = 16;       // in what is kept of the log
// While somebody fetches the last snapshot, the log may grow to so many times what it is cut at.
constexpr std::uint64_t growth_while_fetched = 4;

}  // namespace

SnapshotTaker::SnapshotTaker(const SnapshotPolicy& policy, NodeId self, std::uint64_t seed,
                             const wire::SnapshotManifest* last, Index applied, std::uint64_t log_bytes)
    : policy_(policy), self_(self), random_(seed), log_bytes_(log_bytes) {
    if (last != nullptr) {
        last_index_ = last->meta.last.index;
        last_bytes_ = last->bytes;
    }
    marks_.push_back({applied, log_bytes_});
}

void SnapshotTaker::applied(const raft::Entry& entry) {
    log_bytes_ += entry.data.size() + entry_overhead;
    if (log_bytes_ - marks_.back().bytes < policy_.log_bytes_kept / marks_max) return;
    marks_.push_back({entry.id.index, log_bytes_});
    while (marks_.size() > 1 && log_bytes_ - marks_[1].bytes >= policy_.log_bytes_kept)
        marks_.pop_front();
}

bool SnapshotTaker::is_due(const Wishes& wishes, Index applied) const {
    if (publishing_ || applied <= last_index_) return false;
    const bool is_wanted = wishes.wanted > last_index_ && wishes.wanted <= applied;
    if (is_wanted && !wishes.last_is_fetched) return true;
    if (policy_.log_bytes_min == 0) return false;
    const std::uint64_t limit = std::max(policy_.log_bytes_min, last_bytes_ / 100 * policy_.log_percent);
    const std::uint64_t grown = log_bytes_ - log_bytes_at_last_;
    if (grown < limit) return false;
    if (wishes.last_is_fetched) sometimes(Sometimes::snapshot_put_off_while_fetched);
    return !wishes.last_is_fetched || grown >= growth_while_fetched * limit;
}

// A disk that fills up ends the process, and would again after each start.
bool SnapshotTaker::has_room(const machine::Machine& machine, const Disk& disk) {
    const std::uint64_t content = machine.bytes() + machine.history_bytes();
    const std::uint64_t needed = content + content / 4 + bytes_left_to_log;
    const bool lacked_room = std::exchange(lacked_bytes_, disk.usage().free_bytes < needed ? needed : 0) > 0;
    if (lacked_bytes_ > 0 && !lacked_room) {
        log_warn("no snapshot is taken, and the log grows: that would take " + std::to_string(needed >> 20) +
                 " MiB of free disk space");
    }
    return lacked_bytes_ == 0;
}

void SnapshotTaker::begin(raft::EntryId applied, const raft::Membership& membership,
                          machine::Machine& machine, Disk& disk) {
    if (mutated(Mutant::snapshot_at_later_index_than_said) && applied.index.value > 1) --applied.index.value;
    const raft::SnapshotMeta meta{applied, membership, self_, draw_id()};
    walk_ = std::make_unique<Walk>(Walk{
        {.meta = meta}, wire::ImageWriter(meta.id, policy_.chunk_bytes, [&disk](wire::SnapshotChunk chunk) {
            disk.store(std::move(chunk));
        })});
    walk_->manifest.header = machine.begin_image(walk_->writer);
    log_bytes_at_walk_ = log_bytes_;
}

void SnapshotTaker::turn(Instant now, raft::EntryId applied, const raft::Membership& membership,
                         const Wishes& wishes, machine::Machine& machine, Disk& disk) {
    due_ = never;
    if (walk_ == nullptr) {
        if (!is_due(wishes, applied.index) || !has_room(machine, disk)) return;
        begin(applied, membership, machine, disk);
    }
    if (disk.usage().chunk_bytes_waiting > chunk_bytes_waiting_max) {
        due_ = now + disk_pause;
        return;
    }
    if (!machine.continue_image(policy_.parts_per_turn)) {
        due_ = now;
        return;
    }
    walk_->writer.finish(walk_->manifest);
    publishing_ = true;
    const Index last = walk_->manifest.meta.last.index;
    disk.publish(std::move(walk_->manifest), drop_through(last));
    walk_.reset();
}

// Everything that the snapshot before replaced may go by now.
Index SnapshotTaker::drop_through(Index last) const {
    const bool is_enough = log_bytes_ - marks_.front().bytes >= policy_.log_bytes_kept;
    return std::min(last, std::max(last_index_, is_enough ? marks_.front().index : Index{}));
}

bool SnapshotTaker::published(const wire::SnapshotManifest& manifest) {
    publishing_ = false;
    if (manifest.meta.last.index <= last_index_) return false;
    last_index_ = manifest.meta.last.index;
    last_bytes_ = manifest.bytes;
    log_bytes_at_last_ = log_bytes_at_walk_;
    return true;
}

void SnapshotTaker::abandon(machine::Machine& machine, Disk& disk) {
    if (walk_ == nullptr) return;
    machine.abandon_image();
    disk.discard(walk_->manifest.meta.id);
    walk_.reset();
    due_ = never;
}

void SnapshotTaker::superseded(const wire::SnapshotManifest& manifest, machine::Machine& machine,
                               Disk& disk) {
    if (walk_ != nullptr) sometimes(Sometimes::snapshot_superseded_while_taken);
    abandon(machine, disk);
    last_index_ = manifest.meta.last.index;
    last_bytes_ = manifest.bytes;
    log_bytes_at_last_ = log_bytes_;
    marks_.assign(1, {last_index_, log_bytes_});
}

std::uint64_t SnapshotTaker::draw_id() {
    std::uint64_t id = 0;
    while (id == 0)
        id = random_.next();
    return id;
}

}  // namespace kvbus::node
