#include "storage/log_store.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>

#include "base/check.h"
#include "base/log.h"
#include "storage/durable_mark.h"
#include "storage/errors.h"
#include "storage/restore.h"
#include "storage/rocks.h"
#include "storage/rocks_errors.h"
#include "storage/snapshot_loader.h"

namespace kvbus::storage {
namespace {

constexpr std::size_t batch_bytes_kept = 4 << 20;  // of memory, from one batch to the next

rocksdb::Slice slice(const LogKey& key) {
    return {key.data(), key.size()};
}

// What a new database begins with: nothing, or what was restored here, which is verified whole before it
// counts.
Result<Beginning> beginning_of(const StoreOptions& options) {
    Beginning beginning{.configured = options.identity};
    auto restored = find_restored(options.dir);
    if (!restored.ok()) return restored.error();
    if (!*restored) return beginning;
    wire::SnapshotManifest& manifest = (*restored)->manifest;
    SnapshotFiles files(options.dir);
    auto machine = open_machine(files, manifest, options.machine);
    if (!machine.ok()) return not_restored(options.dir, machine.error());
    log_info(fmt::format("{} begins with a backup: {} keys at revision {}", options.dir.native(),
                         manifest.header.key_count, manifest.header.revision.value));
    manifest.meta.membership = options.membership;
    manifest.meta.holder = options.identity.node;
    beginning.origin = (*restored)->origin;
    beginning.snapshot = std::move(manifest);
    return beginning;
}

}  // namespace

struct LogStore::State {
    State(DurableMark mark, std::unique_ptr<Rocks> rocks, const Loaded& loaded)
        : mark_(std::move(mark)),
          rocks_(std::move(rocks)),
          start_(loaded.start),
          hard_state_(loaded.recovered.hard_state),
          end_(loaded.end) {
        if (loaded.recovered.snapshot) snapshot_ = loaded.recovered.snapshot->meta;
    }

    Result<void> write(std::span<const raft::Write> writes);
    Result<raft::EntryId> publish(const wire::SnapshotManifest& manifest, Index drop_through);
    [[nodiscard]] Result<std::vector<raft::Entry>> read(const raft::LogFetch& fetch) const;

    Result<void> stage(const raft::Write& write);
    Result<void> install(const raft::Write::Install& install);
    Result<void> truncate(Index from);
    void append(const raft::Entry& entry);
    void set(const raft::HardState& hard_state);
    void count(const wire::SnapshotManifest& manifest);
    void drop(Index last, const LogEnd& start);
    Result<void> drop_files() const;
    Result<void> commit_batch();
    [[nodiscard]] Result<LogEnd> end_at(Index index) const;
    [[nodiscard]] Result<wire::LogRecord> read_record(Index index) const;
    [[nodiscard]] Result<wire::LogRecord> decode(Index index, std::string_view record) const;
    [[nodiscard]] std::string doing(std::string_view verb) const {
        return fmt::format("{} the log in {}", verb, rocks_->dir.native());
    }

    DurableMark mark_;  // outlives the database: it holds the lock
    std::unique_ptr<Rocks> rocks_;
    wire::LogStart start_;  // these four as they will be once batch_ is durable
    raft::HardState hard_state_;
    LogEnd end_;
    std::optional<raft::SnapshotMeta> snapshot_;
    std::vector<wire::SnapshotManifest> loaded_;  // may be installed
    rocksdb::WriteBatch batch_;
    std::string record_;
    std::uint64_t syncs_ = 0;
    bool failed_ = false;
};

Result<LogStore::Opened> LogStore::open(const StoreOptions& options, const Apply& apply) {
    if (auto made = make_data_dir(options.dir); !made.ok()) return made.error();
    auto mark = DurableMark::open(options.dir);
    if (!mark.ok()) return mark.error();
    const bool create = mark->sequence() == 0;
    auto beginning = create ? beginning_of(options) : Beginning{.configured = options.identity};
    if (!beginning.ok()) return beginning.error();
    auto rocks = Rocks::open(options.dir, create);
    if (!rocks.ok()) return rocks.error();
    rocksdb::DB& db = *(*rocks)->db;
    if (const std::uint64_t found = db.GetLatestSequenceNumber(); found < mark->sequence()) {
        return damaged(options.dir, fmt::format("its end is missing, from write {} to write {}", found + 1,
                                                mark->sequence()));
    }
    const auto identity = settle_identity(**rocks, *beginning, create);
    if (!identity.ok()) return identity.error();
    SnapshotFiles snapshots(options.dir);
    auto loaded = load(**rocks, snapshots, options.machine, apply);
    if (!loaded.ok()) return loaded.error();
    // What was found counts from now on, so it must not get lost either.
    if (auto advanced = mark->advance(db.GetLatestSequenceNumber()); !advanced.ok()) return advanced.error();
    if (is_restored(options.dir)) forget_restored(options.dir);

    auto state = std::make_unique<State>(std::move(*mark), std::move(*rocks), *loaded);
    std::unique_ptr<LogStore> store(new LogStore(std::move(state)));
    snapshots.remove_all_but(store->snapshot());
    return Opened{std::move(store), std::move(snapshots), std::move(loaded->recovered), identity->cluster};
}

LogStore::LogStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogStore::~LogStore() = default;

Result<void> LogStore::write(std::span<const raft::Write> writes) {
    return state_->write(writes);
}
Result<raft::EntryId> LogStore::publish(const wire::SnapshotManifest& manifest, Index drop_through) {
    return state_->publish(manifest, drop_through);
}
void LogStore::loaded(const wire::SnapshotManifest& manifest) {
    std::erase_if(state_->loaded_, [this](const wire::SnapshotManifest& earlier) {
        return earlier.meta.last.index <= state_->hard_state_.commit;  // it will not be installed any more
    });
    state_->loaded_.push_back(manifest);
}
std::optional<std::uint64_t> LogStore::snapshot() const {
    if (!state_->snapshot_) return std::nullopt;
    return state_->snapshot_->id;
}
Result<std::vector<raft::Entry>> LogStore::read(const raft::LogFetch& fetch) const {
    return state_->read(fetch);
}
const std::filesystem::path& LogStore::dir() const {
    return state_->rocks_->dir;
}

DiskFigures LogStore::measure() const {
    return storage::measure(state_->rocks_->dir);
}
std::uint64_t LogStore::syncs() const {
    return state_->syncs_;
}

Result<void> LogStore::State::write(std::span<const raft::Write> writes) {
    KV_CHECK(!failed_, "a write after one that failed");
    failed_ = true;  // until it is known to have succeeded
    for (const raft::Write& write : writes) {
        if (auto staged = stage(write); !staged.ok()) return staged;
    }
    if (auto committed = commit_batch(); !committed.ok()) return committed;
    const bool installed =
        std::ranges::any_of(writes, [](const auto& write) { return write.install.has_value(); });
    if (installed) {
        if (auto dropped = drop_files(); !dropped.ok()) return dropped;
    }
    failed_ = false;
    return {};
}

Result<void> LogStore::State::stage(const raft::Write& write) {
    // These two look at entries that may still be in the batch. They are rare: one more sync is cheaper than
    // to remember chains.
    if (write.install || write.truncate_from) {
        if (auto committed = commit_batch(); !committed.ok()) return committed;
    }
    if (write.install) {
        if (auto installed = install(*write.install); !installed.ok()) return installed;
    }
    const Index old_last = end_.id.index;
    if (write.truncate_from) {
        if (auto truncated = truncate(*write.truncate_from); !truncated.ok()) return truncated;
    }
    if (write.hard_state) set(*write.hard_state);
    for (const raft::Entry& entry : write.append)
        append(entry);
    // Dropped entries that were not overwritten. Nothing is left of them, so that the next start finds no
    // gap.
    for (Index index = end_.id.index + 1; index <= old_last; index = index + 1) {
        batch_.Delete(rocks_->log.get(), slice(log_key(index)));
    }
    KV_CHECK(hard_state_.commit <= end_.id.index, "a commit beyond the log");
    KV_CHECK(!snapshot_ || snapshot_->last.index <= hard_state_.commit, "a snapshot beyond the commit");
    return {};
}

Result<void> LogStore::State::install(const raft::Write::Install& install) {
    const auto manifest = std::ranges::find(loaded_, install.snapshot.id,
                                            [](const wire::SnapshotManifest& each) { return each.meta.id; });
    KV_CHECK(manifest != loaded_.end() && manifest->meta == install.snapshot,
             "a snapshot that was not loaded");
    const raft::EntryId last = install.snapshot.last;
    KV_CHECK(last.index > hard_state_.commit, "a snapshot of what is committed already");
    count(*manifest);
    if (!install.keeps_log) {
        // The entry is not here, so nothing is known of its chain: a new one begins.
        const LogEnd start{last, 0};
        drop(end_.id.index, start);
        end_ = start;
        return {};
    }
    auto start = end_at(last.index);
    if (!start.ok()) return start.error();
    KV_CHECK(start->id == last, "a log that is kept has another entry than the snapshot");
    drop(last.index, *start);
    return {};
}

Result<raft::EntryId> LogStore::State::publish(const wire::SnapshotManifest& manifest, Index drop_through) {
    KV_CHECK(!failed_, "a publication after a write that failed");
    failed_ = true;
    const raft::EntryId last = manifest.meta.last;
    KV_CHECK(!snapshot_ || snapshot_->last.index < last.index, "a snapshot older than the one that counts");
    KV_CHECK(drop_through <= last.index && last.index <= end_.id.index,
             "a snapshot of what is not in the log");
    const auto at_last = end_at(last.index);
    if (!at_last.ok()) return at_last.error();
    KV_CHECK(at_last->id == last, "the snapshot's last entry is another in the log");

    count(manifest);
    // What was applied is committed, though the disk may not have been told yet.
    if (hard_state_.commit < last.index) set({hard_state_.term, hard_state_.vote, last.index});
    if (drop_through > start_.previous.index) {
        auto start = end_at(drop_through);
        if (!start.ok()) return start.error();
        drop(drop_through, *start);
    }
    if (auto committed = commit_batch(); !committed.ok()) return committed.error();
    if (auto dropped = drop_files(); !dropped.ok()) return dropped.error();
    failed_ = false;
    return start_.previous;
}

void LogStore::State::count(const wire::SnapshotManifest& manifest) {
    snapshot_ = manifest.meta;
    wire::encode_manifest(record_, manifest);
    batch_.Put(rocks_->meta.get(), snapshot_key, record_);
}

// Drops all entries up to `last`; the log begins after `start` then.
void LogStore::State::drop(Index last, const LogEnd& start) {
    KV_CHECK(start.id.index >= start_.previous.index, "a log that begins earlier than before");
    batch_.DeleteRange(rocks_->log.get(), slice(log_key(Index{})), slice(log_key(last + 1)));
    start_ = {start.id, start.chain};
    wire::encode_log_start(record_, start_);
    batch_.Put(rocks_->meta.get(), start_key, record_);
}

// Gives back the space of what was dropped, as far as it costs no copying: whole files, and the WAL. Nothing
// depends on it.
Result<void> LogStore::State::drop_files() const {
    rocksdb::DB& db = *rocks_->db;
    const LogKey end = log_key(start_.previous.index + 1);
    const rocksdb::Slice end_slice = slice(end);
    rocksdb::Status status = rocksdb::DeleteFilesInRange(&db, rocks_->log.get(), nullptr, &end_slice, false);
    rocksdb::FlushOptions behind;
    behind.wait = false;
    behind.allow_write_stall = true;  // it does not come to that: see memtables_max
    for (rocksdb::ColumnFamilyHandle* family : {rocks_->log.get(), rocks_->meta.get()}) {
        std::uint64_t being_flushed = 0;
        db.GetIntProperty(family, rocksdb::DB::Properties::kNumImmutableMemTable, &being_flushed);
        if (status.ok() && being_flushed == 0) status = db.Flush(behind, family);
        if (status.IsTryAgain()) status = {};  // RocksDB has enough to do
    }
    if (!status.ok()) return rocksdb_error(rocks_->dir, doing("shorten"), status);
    return {};
}

// The entry at `index` with its chain, or what stands before the first. It must not be in the batch.
Result<LogEnd> LogStore::State::end_at(Index index) const {
    if (index == start_.previous.index) return LogEnd{start_.previous, start_.chain};
    auto record = read_record(index);
    if (!record.ok()) return record.error();
    return LogEnd{record->entry.id, record->chain};
}

// Takes the end of the log back to the entry before `from`.
Result<void> LogStore::State::truncate(Index from) {
    KV_CHECK(from > hard_state_.commit && from > start_.previous.index, "a committed entry would be dropped");
    KV_CHECK(from <= end_.id.index + 1, "a truncation beyond the end");
    auto end = end_at(from - 1);
    if (!end.ok()) return end.error();
    end_ = *end;
    return {};
}

void LogStore::State::append(const raft::Entry& entry) {
    KV_CHECK(entry.id.index == end_.id.index + 1, "a gap in the log");
    KV_CHECK(entry.id.term && entry.id.term >= end_.id.term, "terms that fall");
    KV_CHECK(entry.id.term <= hard_state_.term, "an entry of a term that is not stored");
    end_ = {entry.id, wire::chain_hash(end_.chain, entry)};
    wire::encode_log_record(record_, entry, end_.chain);
    batch_.Put(rocks_->log.get(), slice(log_key(entry.id.index)), record_);
}

void LogStore::State::set(const raft::HardState& hard_state) {
    KV_CHECK(hard_state.term >= hard_state_.term, "a term that falls");
    KV_CHECK(hard_state.commit >= hard_state_.commit, "a commit that falls");
    KV_CHECK(hard_state.term > hard_state_.term || !hard_state_.vote || hard_state.vote == hard_state_.vote,
             "a second vote in one term");
    hard_state_ = hard_state;
    wire::encode_hard_state(record_, hard_state_);
    batch_.Put(rocks_->meta.get(), hard_state_key, record_);
}

Result<void> LogStore::State::commit_batch() {
    if (batch_.Count() == 0) return {};
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = rocks_->db->Write(synced, &batch_);
    // Whatever went wrong, a second try could succeed without the first one's bytes: the kernel forgets
    // failed pages.
    if (!status.ok()) return rocksdb_error(rocks_->dir, doing("write"), status);
    ++syncs_;
    if (batch_.GetDataSize() > batch_bytes_kept) {
        batch_ = rocksdb::WriteBatch{};
    } else {
        batch_.Clear();
    }
    return mark_.advance(rocks_->db->GetLatestSequenceNumber());
}

Result<wire::LogRecord> LogStore::State::read_record(Index index) const {
    rocksdb::PinnableSlice record;
    const rocksdb::Status status = rocks_->db->Get({}, rocks_->log.get(), slice(log_key(index)), &record);
    if (status.IsNotFound()) return damaged(rocks_->dir, fmt::format("entry {} is missing", index.value));
    if (!status.ok()) return rocksdb_error(rocks_->dir, doing("read"), status);
    return decode(index, record.ToStringView());
}

Result<wire::LogRecord> LogStore::State::decode(Index index, std::string_view record) const {
    auto decoded = wire::decode_log_record(index, record);
    if (decoded.ok()) return decoded;
    return damaged(rocks_->dir, fmt::format("entry {}: {}", index.value, decoded.error().message));
}

Result<std::vector<raft::Entry>> LogStore::State::read(const raft::LogFetch& fetch) const {
    std::vector<raft::Entry> entries;
    const Index last = std::min(fetch.last, end_.id.index);
    if (fetch.first <= start_.previous.index || fetch.first > last) return entries;

    const std::unique_ptr<rocksdb::Iterator> records(rocks_->db->NewIterator({}, rocks_->log.get()));
    std::uint64_t bytes = 0;
    std::uint64_t chain = 0;
    records->Seek(slice(log_key(fetch.first)));
    for (Index index = fetch.first; index <= last; index = index + 1, records->Next()) {
        if (!records->Valid() && !records->status().ok()) {
            return rocksdb_error(rocks_->dir, doing("read"), records->status());
        }
        if (!records->Valid() || index_of(records->key().ToStringView()) != index) {
            return damaged(rocks_->dir, fmt::format("entry {} is missing", index.value));
        }
        auto decoded = decode(index, records->value().ToStringView());
        if (!decoded.ok()) return decoded.error();
        if (!entries.empty() && decoded->chain != wire::chain_hash(chain, decoded->entry)) {
            return damaged(rocks_->dir,
                           fmt::format("entry {} does not continue the hash chain", index.value));
        }
        chain = decoded->chain;
        bytes += decoded->entry.data.size();
        entries.push_back(std::move(decoded->entry));
        if (bytes >= fetch.bytes_max && entries.size() >= 2) break;
    }
    return entries;
}

}  // namespace kvbus::storage
