#include "storage/log_store.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/check.h"
#include "storage/durable_mark.h"
#include "storage/errors.h"
#include "storage/rocks.h"

namespace kvbus::storage {
namespace {

constexpr std::size_t batch_bytes_kept = 4 << 20;  // of memory, from one batch to the next

rocksdb::Slice slice(const LogKey& key) {
    return {key.data(), key.size()};
}

}  // namespace

struct LogStore::State {
    State(DurableMark mark, std::unique_ptr<Rocks> rocks, const Loaded& loaded)
        : mark_(std::move(mark)),
          rocks_(std::move(rocks)),
          start_(loaded.start),
          hard_state_(loaded.recovered.hard_state),
          end_(loaded.end) {}

    Result<void> write(std::span<const raft::Write> writes);
    [[nodiscard]] Result<std::vector<raft::Entry>> read(const raft::LogFetch& fetch) const;

    Result<void> stage(const raft::Write& write);
    Result<void> truncate(Index from);
    void append(const raft::Entry& entry);
    void set(const raft::HardState& hard_state);
    Result<void> commit_batch();
    [[nodiscard]] Result<wire::LogRecord> read_record(Index index) const;
    [[nodiscard]] Result<wire::LogRecord> decode(Index index, std::string_view record) const;
    [[nodiscard]] std::string doing(std::string_view verb) const {
        return fmt::format("{} the log in {}", verb, rocks_->dir.native());
    }

    DurableMark mark_;  // outlives the database: it holds the lock
    std::unique_ptr<Rocks> rocks_;
    wire::LogStart start_;
    raft::HardState hard_state_;  // these two as they will be once batch_ is durable
    LogEnd end_;
    rocksdb::WriteBatch batch_;
    std::string record_;
    std::uint64_t syncs_ = 0;
    bool failed_ = false;
};

Result<LogStore::Opened> LogStore::open(const StoreOptions& options, const OnCommitted& on_committed) {
    if (auto made = make_data_dir(options.dir); !made.ok()) return made.error();
    auto mark = DurableMark::open(options.dir);
    if (!mark.ok()) return mark.error();
    const bool create = mark->sequence() == 0;
    auto rocks = Rocks::open(options.dir, create);
    if (!rocks.ok()) return rocks.error();
    rocksdb::DB& db = *(*rocks)->db;
    if (const std::uint64_t found = db.GetLatestSequenceNumber(); found < mark->sequence()) {
        return damaged(options.dir, fmt::format("its end is missing, from write {} to write {}", found + 1,
                                                mark->sequence()));
    }
    if (auto checked = check_identity(**rocks, options.identity, create); !checked.ok())
        return checked.error();
    auto loaded = load(**rocks, on_committed);
    if (!loaded.ok()) return loaded.error();
    // What was found counts from now on, so it must not get lost either.
    if (auto advanced = mark->advance(db.GetLatestSequenceNumber()); !advanced.ok()) return advanced.error();

    auto state = std::make_unique<State>(std::move(*mark), std::move(*rocks), *loaded);
    return Opened{std::unique_ptr<LogStore>(new LogStore(std::move(state))), std::move(loaded->recovered)};
}

LogStore::LogStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogStore::~LogStore() = default;

Result<void> LogStore::write(std::span<const raft::Write> writes) {
    return state_->write(writes);
}
Result<std::vector<raft::Entry>> LogStore::read(const raft::LogFetch& fetch) const {
    return state_->read(fetch);
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
    failed_ = false;
    return {};
}

Result<void> LogStore::State::stage(const raft::Write& write) {
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
    return {};
}

// Takes the end of the log back to the entry before `from`.
Result<void> LogStore::State::truncate(Index from) {
    KV_CHECK(from > hard_state_.commit && from > start_.previous.index, "a committed entry would be dropped");
    KV_CHECK(from <= end_.id.index + 1, "a truncation beyond the end");
    if (from == start_.previous.index + 1) {
        end_ = {start_.previous, start_.chain};
        return {};
    }
    // The entry may still be in the batch. Truncations are rare: one more sync is cheaper than to remember
    // chains.
    if (auto committed = commit_batch(); !committed.ok()) return committed;
    auto record = read_record(from - 1);
    if (!record.ok()) return record.error();
    end_ = {record->entry.id, record->chain};
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
    KV_CHECK(fetch.first > start_.previous.index, "a fetch from before the start of the log");
    std::vector<raft::Entry> entries;
    const Index last = std::min(fetch.last, end_.id.index);
    if (fetch.first > last) return entries;

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
