#include "node/snapshot_receiver.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/sometimes.h"
#include "node/snapshot_policy.h"

namespace kvbus::node {
namespace {

constexpr std::size_t chunks_under_way_max = 4;

}  // namespace

std::uint32_t SnapshotReceiver::Target::chunks() const {
    return manifest ? manifest->chunks[0] + manifest->chunks[1] : 1;
}

wire::ChunkName SnapshotReceiver::Target::name_of(std::uint32_t place) const {
    const wire::ChunkName first{meta.id, wire::SnapshotSection::state, 0};
    return manifest ? wire::chunk_at(*manifest, place).value_or(first) : first;
}

std::optional<std::uint32_t> SnapshotReceiver::Target::place_of(const wire::ChunkName& name) const {
    const auto section = static_cast<std::size_t>(name.section);
    if (name.snapshot != meta.id || name.number >= manifest->chunks[section]) return std::nullopt;
    return name.section == wire::SnapshotSection::state ? name.number : manifest->chunks[0] + name.number;
}

void SnapshotReceiver::offered(Instant now, const raft::SnapshotMeta& offer, Disk& disk) {
    if (target_) {
        // Who installed a snapshot has the same bytes as the node that took it.
        if (target_->meta.id == offer.id) target_->meta.holder = offer.holder;
        if (target_->meta.id == offer.id || target_->is_loading || now - target_->heard < patience_.holder)
            return;
        sometimes(Sometimes::snapshot_holder_given_up);
        give_up(disk);
    }
    begin(now, offer);
}

void SnapshotReceiver::begin(Instant now, const raft::SnapshotMeta& offer) {
    target_.emplace(Target{.meta = offer, .manifest = {}, .heard = now});
}

void SnapshotReceiver::give_up(Disk& disk) {
    disk.discard(target_->meta.id);
    target_.reset();
}

void SnapshotReceiver::reached(Index commit, Disk& disk) {
    if (target_ && !target_->is_loading && target_->meta.last.index <= commit) give_up(disk);
}

SnapshotReceiver::Requests SnapshotReceiver::due(Instant now, const Disk& disk) {
    disk_tried_again_ = never;
    if (!target_ || target_->is_loading) return {};
    Requests requests{target_->meta.holder, {}};
    for (auto& [place, asked] : target_->asked) {
        if (now - asked < patience_.chunk) continue;
        sometimes(Sometimes::chunk_asked_for_again);
        requests.chunks.push_back(target_->name_of(place));
        asked = now;
    }
    while (target_->next < target_->chunks() && target_->asked.size() < chunks_under_way_max) {
        if (disk.usage().chunk_bytes_waiting > chunk_bytes_waiting_max) {
            disk_tried_again_ = now + disk_pause;
            break;
        }
        requests.chunks.push_back(target_->name_of(target_->next));
        target_->asked[target_->next++] = now;
    }
    return requests;
}

void SnapshotReceiver::replied(Instant now, const wire::ChunkReply& reply, Disk& disk) {
    if (!target_ || target_->is_loading || reply.chunk.snapshot != target_->meta.id) return;
    if (!reply.found) return give_up(disk);  // the leader will offer another
    if (!target_->manifest && !learn(reply, disk)) return;
    const auto place = target_->place_of(reply.chunk);
    if (place && target_->asked.contains(*place)) {
        if (wire::hash_of(reply.chunk, reply.bytes) != reply.hash) return;
        if (reply.bytes.empty()) return give_up(disk);
        target_->heard = now;
        target_->asked.erase(*place);
        ++target_->stored;
        disk.store({reply.chunk, std::string(reply.bytes)});
    }
    if (target_->stored < target_->chunks()) return;
    target_->is_loading = true;
    disk.load(*target_->manifest);
}

// What all replies say: of how many chunks the snapshot is.
bool SnapshotReceiver::learn(const wire::ChunkReply& reply, const Disk& disk) {
    auto manifest = wire::decode_manifest(reply.manifest);
    if (!manifest.ok() || manifest->meta.id != target_->meta.id || manifest->meta.last != target_->meta.last)
        return false;
    const std::uint64_t needed = manifest->bytes + bytes_left_to_log;
    if (disk.usage().free_bytes < needed) {
        log_warn("cannot fetch a snapshot, and stays behind: that would take " +
                 std::to_string(needed >> 20) + " MiB of free disk space");
        return false;  // asked for again after a while
    }
    target_->manifest = std::move(*manifest);
    if (target_->manifest->chunks[0] > 0) return true;
    target_->asked.clear();  // there is no first chunk of the state
    target_->next = 0;
    return true;
}

Instant SnapshotReceiver::deadline() const {
    Instant deadline = disk_tried_again_;
    if (!target_ || target_->is_loading) return deadline;
    for (const auto& [place, asked] : target_->asked)
        deadline = std::min(deadline, asked + patience_.chunk);
    return deadline;
}

}  // namespace kvbus::node
