#include "storage/log_loader.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/log.h"
#include "storage/errors.h"
#include "storage/progress.h"
#include "storage/rocks_errors.h"
#include "storage/snapshot_loader.h"

namespace kvbus::storage {
namespace {

Result<std::optional<std::string>> get_meta(const Rocks& rocks, std::string_view key) {
    std::string value;
    const rocksdb::Status status = rocks.db->Get({}, rocks.meta.get(), key, &value);
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return rocksdb_error(rocks.dir, "read the log in " + rocks.dir.native(), status);
    return std::optional{std::move(value)};
}

template <class T>
Result<std::optional<T>> load_meta(const Rocks& rocks, std::string_view key,
                                   Result<T> (*decode)(std::string_view)) {
    auto value = get_meta(rocks, key);
    if (!value.ok()) return value.error();
    if (!*value) return std::optional<T>{};
    auto decoded = decode(**value);
    if (!decoded.ok()) return located(rocks.dir, "", decoded.error());
    return std::optional<T>{std::move(*decoded)};
}

Result<wire::Identity> begin(const Rocks& rocks, const Beginning& beginning) {
    const wire::Identity identity = wire::restored_from(beginning.configured, beginning.origin);
    rocksdb::WriteBatch batch;
    std::string record;
    wire::encode_identity(record, identity);
    batch.Put(rocks.meta.get(), identity_key, record);
    wire::LogStart start;
    if (beginning.snapshot) {
        // As after an installation: nothing is known of the chain of the entry that it ends with.
        const raft::EntryId last = start.previous = beginning.snapshot->meta.last;
        wire::encode_manifest(record, *beginning.snapshot);
        batch.Put(rocks.meta.get(), snapshot_key, record);
        wire::encode_hard_state(record, {.term = last.term, .vote = {}, .commit = last.index});
        batch.Put(rocks.meta.get(), hard_state_key, record);
    }
    wire::encode_log_start(record, start);
    batch.Put(rocks.meta.get(), start_key, record);
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = rocks.db->Write(synced, &batch);
    if (!status.ok()) return rocksdb_error(rocks.dir, "write the log in " + rocks.dir.native(), status);
    return identity;
}

class Loader {
  public:
    Loader(const Rocks& rocks, SnapshotFiles& files, const machine::Limits& limits, const Apply& apply)
        : rocks_(rocks), files_(files), limits_(limits), apply_(apply) {}

    Result<Loaded> run();

  private:
    Result<void> load_meta_data();
    Result<void> load_snapshot();
    Result<void> load_entries();
    Result<void> accept(Index index, std::string_view record);
    Result<void> check(const raft::Entry& entry) const;
    Result<void> keep(raft::Entry entry);
    Result<void> check_end() const;
    [[nodiscard]] raft::EntryId snapshot_last() const {
        return loaded_.recovered.snapshot ? loaded_.recovered.snapshot->meta.last : raft::EntryId{};
    }

    const Rocks& rocks_;
    SnapshotFiles& files_;
    const machine::Limits& limits_;
    const Apply& apply_;
    Loaded loaded_;
};

Result<Loaded> Loader::run() {
    if (auto done = load_meta_data(); !done.ok()) return done.error();
    if (auto done = load_snapshot(); !done.ok()) return done.error();
    if (auto done = load_entries(); !done.ok()) return done.error();
    if (auto checked = check_end(); !checked.ok()) return checked.error();
    Recovered& recovered = loaded_.recovered;
    recovered.last = loaded_.end.id.index;
    recovered.fresh = recovered.hard_state == raft::HardState{} && !recovered.last;
    return std::move(loaded_);
}

Result<void> Loader::load_meta_data() {
    Recovered& recovered = loaded_.recovered;
    auto start = load_meta(rocks_, start_key, wire::decode_log_start);
    if (!start.ok()) return start.error();
    if (!*start) return damaged(rocks_.dir, "the start of the log is not recorded");
    loaded_.start = **start;
    loaded_.end = {loaded_.start.previous, loaded_.start.chain};
    recovered.log_start = loaded_.start.previous;

    auto hard_state = load_meta(rocks_, hard_state_key, wire::decode_hard_state);
    if (!hard_state.ok()) return hard_state.error();
    recovered.hard_state = hard_state->value_or(raft::HardState{});

    auto snapshot = load_meta(rocks_, snapshot_key, wire::decode_manifest);
    if (!snapshot.ok()) return snapshot.error();
    recovered.snapshot = std::move(*snapshot);
    recovered.base = snapshot_last();
    const Index last = recovered.base.index;
    if (last > recovered.hard_state.commit) {
        return damaged(rocks_.dir, fmt::format("its snapshot ends with entry {}, but only {} was committed",
                                               last.value, recovered.hard_state.commit.value));
    }
    if (last < recovered.log_start.index) {
        return damaged(rocks_.dir, fmt::format("it starts after entry {}, but its snapshot ends with {}",
                                               recovered.log_start.index.value, last.value));
    }
    return check({.id = recovered.log_start});
}

Result<void> Loader::load_snapshot() {
    Recovered& recovered = loaded_.recovered;
    if (!recovered.snapshot) {
        recovered.machine = machine::Machine(limits_);
        return {};
    }
    const wire::SnapshotManifest& manifest = *recovered.snapshot;
    auto machine = open_machine(files_, manifest, limits_);
    if (!machine.ok()) return located(rocks_.dir, "", machine.error());
    recovered.machine = std::move(*machine);
    return {};
}

Result<void> Loader::load_entries() {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.readahead_size = 4 << 20;
    const std::unique_ptr<rocksdb::Iterator> records(rocks_.db->NewIterator(options, rocks_.log.get()));
    records->SeekToLast();
    const Index last = records->Valid() ? index_of(records->key().ToStringView()) : Index{};
    Progress progress;
    // What was dropped may not be gone from all files.
    const LogKey first = log_key(loaded_.start.previous.index + 1);
    for (records->Seek({first.data(), first.size()}); records->Valid(); records->Next()) {
        const auto accepted =
            accept(index_of(records->key().ToStringView()), records->value().ToStringView());
        if (!accepted.ok()) return accepted;
        if (progress.is_due())
            log_info(fmt::format("loading the log: entry {} of {}", loaded_.end.id.index.value, last.value));
    }
    if (!records->status().ok()) {
        const std::string doing =
            fmt::format("read the log in {} after entry {}", rocks_.dir.native(), loaded_.end.id.index.value);
        return rocksdb_error(rocks_.dir, doing, records->status());
    }
    return {};
}

Result<void> Loader::accept(Index index, std::string_view record) {
    LogEnd& end = loaded_.end;
    const Index expected = end.id.index + 1;
    if (index != expected) {
        return damaged(rocks_.dir,
                       fmt::format("entry {} is missing, entry {} follows", expected.value, index.value));
    }
    auto decoded = wire::decode_log_record(index, record);
    if (!decoded.ok()) return located(rocks_.dir, fmt::format("entry {}: ", index.value), decoded.error());
    raft::Entry& entry = decoded->entry;
    const auto wrong = [&](std::string_view what) {
        return damaged(rocks_.dir, fmt::format("entry {} {}", index.value, what));
    };
    if (decoded->chain != wire::chain_hash(end.chain, entry))
        return wrong("does not continue the hash chain");
    if (entry.id.term < end.id.term) return wrong("has a lower term than the one before");
    if (!entry.id.term) return wrong("has no term");
    if (entry.id.term > loaded_.recovered.hard_state.term)
        return wrong("has a higher term than the node ever had");
    if (auto checked = check(entry); !checked.ok()) return checked;
    end = {entry.id, decoded->chain};
    return keep(std::move(entry));
}

// The entry that the snapshot ends with, where the log has it too.
Result<void> Loader::check(const raft::Entry& entry) const {
    const raft::EntryId last = snapshot_last();
    if (entry.id.index != last.index || entry.id == last) return {};
    return damaged(rocks_.dir, fmt::format("entry {} is of term {}, but of term {} in the snapshot",
                                           last.index.value, entry.id.term.value, last.term.value));
}

Result<void> Loader::keep(raft::Entry entry) {
    Recovered& recovered = loaded_.recovered;
    if (entry.id.index <= snapshot_last().index) return {};
    if (entry.id.index > recovered.hard_state.commit) {
        recovered.tail.push_back(std::move(entry));
        return {};
    }
    recovered.base = entry.id;
    recovered.log_bytes += entry.data.size();
    return apply_(recovered.machine, entry);
}

Result<void> Loader::check_end() const {
    const Index commit = loaded_.recovered.hard_state.commit;
    const Index last = loaded_.end.id.index;
    if (commit > last) {
        return damaged(rocks_.dir, fmt::format("entries up to {} were committed, but it ends at {}",
                                               commit.value, last.value));
    }
    return {};
}

}  // namespace

Result<wire::Identity> settle_identity(const Rocks& rocks, const Beginning& beginning, bool create) {
    auto stored = load_meta(rocks, identity_key, wire::decode_identity);
    if (!stored.ok()) return stored.error();
    if (!*stored) {
        if (create) return begin(rocks, beginning);
        return damaged(rocks.dir, "the node's identity is missing");
    }
    const wire::Identity identity = wire::restored_from(beginning.configured, (*stored)->origin);
    if (**stored == identity) return identity;
    const auto text = [](const wire::Identity& id) {
        return fmt::format("node {} ({:x}) of cluster {:x}", id.node_name, id.node.value, id.cluster.value);
    };
    return Error{
        Code::wrong_cluster,
        fmt::format("{} belongs to {}, and this is {}; choose another --data-dir, or start that node there",
                    rocks.dir.native(), text(**stored), text(identity))};
}

Result<Loaded> load(const Rocks& rocks, SnapshotFiles& files, const machine::Limits& limits,
                    const Apply& apply) {
    return Loader(rocks, files, limits, apply).run();
}

}  // namespace kvbus::storage
