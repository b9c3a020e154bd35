#include <utility>

#include "base/mutant.h"
#include "wire/answer_fields.h"
#include "wire/forward_fields.h"
#include "wire/pack.h"
#include "wire/snapshot.h"
#include "wire/snapshot_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t index_of(SnapshotSection section) {
    return static_cast<std::size_t>(section);
}

Packer open_record(std::string& out, SnapshotRecord kind, std::size_t fields) {
    Packer packer(out);
    packer.array(1 + fields);
    packer.uint(static_cast<std::uint64_t>(kind));
    return packer;
}

}  // namespace

ImageWriter::ImageWriter(std::uint64_t snapshot, std::size_t chunk_bytes,
                         std::function<void(SnapshotChunk)> store)
    : snapshot_(snapshot), chunk_bytes_(chunk_bytes), store_(std::move(store)) {}

void ImageWriter::base(const machine::Record& record) {
    Packer packer = open_record(open(SnapshotSection::state), SnapshotRecord::base, 1);
    pack_record(packer, record, false);
    store_if_full(SnapshotSection::state);
}

void ImageWriter::change(const machine::Record& record) {
    if (mutated(Mutant::history_missing_from_snapshot)) return;
    Packer packer = open_record(open(SnapshotSection::changes), SnapshotRecord::change, 1);
    pack_record(packer, record, false);
    store_if_full(SnapshotSection::changes);
}

void ImageWriter::lease(LeaseId lease, std::chrono::milliseconds ttl, machine::ClusterTime deadline) {
    Packer packer = open_record(open(SnapshotSection::state), SnapshotRecord::lease, 3);
    packer.uint(lease.value);
    packer.integer(ttl.count());
    packer.integer(deadline.count());
    store_if_full(SnapshotSection::state);
}

void ImageWriter::deadline(std::string_view key, machine::ClusterTime deadline) {
    Packer packer = open_record(open(SnapshotSection::state), SnapshotRecord::deadline, 2);
    packer.bytes(key);
    packer.integer(deadline.count());
    store_if_full(SnapshotSection::state);
}

void ImageWriter::session(const machine::ImageSession& session) {
    Packer packer = open_record(open(SnapshotSection::state), SnapshotRecord::session, 3);
    packer.uint(session.client.value);
    packer.integer(session.last_use.count());
    packer.uint(session.first.value);
    store_if_full(SnapshotSection::state);
}

void ImageWriter::outcome(Sequence sequence, const machine::Outcome& outcome) {
    Packer packer = open_record(open(SnapshotSection::state), SnapshotRecord::outcome, 1);
    pack_forwarded_outcome(packer, {sequence.value, outcome, {}});
    store_if_full(SnapshotSection::state);
}

void ImageWriter::finish(SnapshotManifest& manifest) {
    for (const SnapshotSection section : {SnapshotSection::state, SnapshotSection::changes}) {
        const Section& of = sections_[index_of(section)];
        if (!of.open.empty()) store(section);
        manifest.chunks[index_of(section)] = of.chunks;
    }
    manifest.bytes = bytes_;
    manifest.hash = hash_;
}

std::string& ImageWriter::open(SnapshotSection section) {
    std::string& bytes = sections_[index_of(section)].open;
    // Most records are small beside a chunk, which then grows no more.
    if (bytes.empty()) bytes.reserve(chunk_bytes_ + chunk_bytes_ / 16);
    return bytes;
}

void ImageWriter::store_if_full(SnapshotSection section) {
    if (sections_[index_of(section)].open.size() >= chunk_bytes_) store(section);
}

void ImageWriter::store(SnapshotSection section) {
    Section& of = sections_[index_of(section)];
    SnapshotChunk chunk{{snapshot_, section, of.chunks++}, std::exchange(of.open, {})};
    bytes_ += chunk.bytes.size();
    hash_ += hash_of(chunk.name, chunk.bytes);
    if (chunk.bytes.size() < chunk_bytes_) chunk.bytes.shrink_to_fit();
    store_(std::move(chunk));
}

}  // namespace kvbus::wire
