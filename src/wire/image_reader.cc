#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "wire/answer_fields.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/forward_fields.h"
#include "wire/limits.h"
#include "wire/snapshot.h"
#include "wire/snapshot_fields.h"

namespace kvbus::wire {
namespace {

Error damaged(const std::string& what, std::string_view reason) {
    return {Code::damaged, what + ": " + std::string(reason)};
}

machine::Record read_any_record(Fields& fields) {
    const machine::Record record = read_viewed_record(fields.nested());
    if (record.key.empty() || record.key.size() > limits::key_bytes_max ||
        record.value.size() > limits::value_bytes_max)
        fields.fail();
    return record;
}

constexpr SnapshotSection section_of(SnapshotRecord kind) {
    return kind == SnapshotRecord::change ? SnapshotSection::changes : SnapshotSection::state;
}

constexpr std::size_t waiting_max = 32;

}  // namespace

struct ImageReader::State {
    State(const machine::Limits& limits, const SnapshotManifest& given)
        : manifest(given), builder(limits, given.header) {}

    // The chunk to be added next; none: all have been.
    [[nodiscard]] std::optional<ChunkName> next() const { return chunk_at(manifest, added); }
    [[nodiscard]] Result<void> read(SnapshotSection section, Cursor& cursor);
    [[nodiscard]] Result<void> read_record(SnapshotRecord kind, Fields& fields);
    [[nodiscard]] Result<void> add_waiting(SnapshotSection section);

    SnapshotManifest manifest;
    machine::ImageBuilder builder;
    std::uint64_t added = 0;  // chunks
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;
    std::vector<machine::Record> waiting;  // bases or changes: as many as are looked up at once
};

ImageReader::ImageReader(const machine::Limits& limits, const SnapshotManifest& manifest)
    : state_(std::make_unique<State>(limits, manifest)) {}
ImageReader::~ImageReader() = default;

Result<void> ImageReader::add(const ChunkName& name, std::string_view bytes) {
    if (state_->next() != name) return damaged(described(name), "it is not the next one of the snapshot");
    if (bytes.size() > limits::snapshot_chunk_bytes_max) return damaged(described(name), "it is too large");
    Cursor cursor(bytes);
    const auto read = state_->read(name.section, cursor);
    if (!cursor.ok()) return damaged(described(name), "it cannot be read");
    if (!read.ok()) return damaged(described(name), read.error().message);
    ++state_->added;
    state_->bytes += bytes.size();
    state_->hash += hash_of(name, bytes);
    return {};
}

Result<void> ImageReader::State::read(SnapshotSection section, Cursor& cursor) {
    while (cursor.ok() && cursor.remaining() > 0) {
        Fields fields(cursor);
        const std::uint64_t number = fields.uint();
        const auto kind = static_cast<SnapshotRecord>(number <= 0xff ? number : 0);
        if (section_of(kind) != section) fields.fail();
        if (auto read = read_record(kind, fields); !read.ok()) return read;
        fields.finish();
        if (waiting.size() < waiting_max || !cursor.ok()) continue;
        if (auto added = add_waiting(section); !added.ok()) return added;
    }
    return cursor.ok() ? add_waiting(section) : Result<void>{};
}

Result<void> ImageReader::State::add_waiting(SnapshotSection section) {
    std::array<std::string_view, waiting_max> keys;
    std::ranges::transform(waiting, keys.begin(), &machine::Record::key);
    builder.prefetch(std::span(keys).first(waiting.size()));
    for (const machine::Record& record : waiting) {
        auto added = section == SnapshotSection::state ? builder.base(record) : builder.change(record);
        if (!added.ok()) return added;
    }
    waiting.clear();
    return {};
}

// A record that cannot be read fails the cursor, and is not handed on.
Result<void> ImageReader::State::read_record(SnapshotRecord kind, Fields& fields) {
    switch (kind) {
        case SnapshotRecord::base:
        case SnapshotRecord::change:
            waiting.push_back(read_any_record(fields));
            return {};
        case SnapshotRecord::lease: {
            const LeaseId lease{fields.uint()};
            const std::chrono::milliseconds ttl{fields.integer()};
            const machine::ClusterTime deadline{fields.integer()};
            return fields.ok() ? builder.lease(lease, ttl, deadline) : Result<void>{};
        }
        case SnapshotRecord::deadline: {
            const std::string_view key = fields.bytes();
            const machine::ClusterTime deadline{fields.integer()};
            return fields.ok() ? builder.deadline(key, deadline) : Result<void>{};
        }
        case SnapshotRecord::session: {
            const ClientId client{fields.uint()};
            const machine::ClusterTime last_use{fields.integer()};
            const Sequence first{fields.uint()};
            return fields.ok() ? builder.session({client, last_use, first}) : Result<void>{};
        }
        case SnapshotRecord::outcome: {
            const ForwardedOutcome outcome = read_forwarded_outcome(fields.nested());
            return fields.ok() ? builder.outcome(Sequence{outcome.id}, outcome.outcome) : Result<void>{};
        }
    }
    fields.fail();
    return {};
}

Result<machine::Machine> ImageReader::finish() {
    const State& state = *state_;
    const std::string name = "snapshot " + std::to_string(state.manifest.meta.id);
    if (const auto missing = state.next()) return damaged(described(*missing), "it is missing");
    if (state.bytes != state.manifest.bytes) return damaged(name, "its size is not what it should be");
    if (state.hash != state.manifest.hash) return damaged(name, "its hash is not what it should be");
    return state_->builder.finish();
}

}  // namespace kvbus::wire
