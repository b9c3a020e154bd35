#include "storage/log_loader.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/clock.h"
#include "base/log.h"
#include "storage/errors.h"

namespace kvbus::storage {
namespace {

constexpr Duration progress_interval = std::chrono::seconds{2};

Result<std::optional<std::string>> get_meta(const Rocks& rocks, std::string_view key) {
    std::string value;
    const rocksdb::Status status = rocks.db->Get({}, rocks.meta.get(), key, &value);
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return rocksdb_error(rocks.dir, "read the log in " + rocks.dir.native(), status);
    return std::optional{std::move(value)};
}

// Decoders know what is wrong; only here is known where.
Error located(const Rocks& rocks, std::string_view where, const Error& error) {
    if (error.code == Code::damaged) return damaged(rocks.dir, fmt::format("{}{}", where, error.message));
    return {error.code, fmt::format("{}: {}{}", rocks.dir.native(), where, error.message)};
}

template <class T>
Result<std::optional<T>> load_meta(const Rocks& rocks, std::string_view key,
                                   Result<T> (*decode)(std::string_view)) {
    auto value = get_meta(rocks, key);
    if (!value.ok()) return value.error();
    if (!*value) return std::optional<T>{};
    auto decoded = decode(**value);
    if (!decoded.ok()) return located(rocks, "", decoded.error());
    return std::optional<T>{std::move(*decoded)};
}

Result<void> store_identity(const Rocks& rocks, const wire::Identity& identity) {
    rocksdb::WriteBatch batch;
    std::string record;
    wire::encode_identity(record, identity);
    batch.Put(rocks.meta.get(), identity_key, record);
    wire::encode_log_start(record, {});
    batch.Put(rocks.meta.get(), start_key, record);
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = rocks.db->Write(synced, &batch);
    if (!status.ok()) return rocksdb_error(rocks.dir, "write the log in " + rocks.dir.native(), status);
    return {};
}

class Loader {
  public:
    Loader(const Rocks& rocks, const OnCommitted& on_committed)
        : rocks_(rocks), on_committed_(on_committed) {}

    Result<Loaded> run();

  private:
    Result<void> load_meta_data();
    Result<void> load_entries();
    Result<void> accept(Index index, std::string_view record);
    Result<void> keep(raft::Entry entry);
    Result<void> check_end() const;
    void tell_progress(Index last);

    const Rocks& rocks_;
    const OnCommitted& on_committed_;
    Loaded loaded_;
    Instant told_ = monotonic_now();
};

Result<Loaded> Loader::run() {
    if (auto done = load_meta_data(); !done.ok()) return done.error();
    if (auto done = load_entries(); !done.ok()) return done.error();
    if (auto checked = check_end(); !checked.ok()) return checked.error();
    Recovered& recovered = loaded_.recovered;
    recovered.first = loaded_.start.previous.index + 1;
    recovered.last = loaded_.end.id.index;
    recovered.fresh = recovered.hard_state == raft::HardState{} && !recovered.last;
    return std::move(loaded_);
}

Result<void> Loader::load_meta_data() {
    auto start = load_meta(rocks_, start_key, wire::decode_log_start);
    if (!start.ok()) return start.error();
    if (!*start) return damaged(rocks_.dir, "the start of the log is not recorded");
    loaded_.start = **start;
    loaded_.end = {loaded_.start.previous, loaded_.start.chain};
    loaded_.recovered.base = loaded_.start.previous;

    auto hard_state = load_meta(rocks_, hard_state_key, wire::decode_hard_state);
    if (!hard_state.ok()) return hard_state.error();
    loaded_.recovered.hard_state = hard_state->value_or(raft::HardState{});
    return {};
}

Result<void> Loader::load_entries() {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.readahead_size = 4 << 20;
    const std::unique_ptr<rocksdb::Iterator> records(rocks_.db->NewIterator(options, rocks_.log.get()));
    records->SeekToLast();
    const Index last = records->Valid() ? index_of(records->key().ToStringView()) : Index{};
    for (records->SeekToFirst(); records->Valid(); records->Next()) {
        const auto accepted =
            accept(index_of(records->key().ToStringView()), records->value().ToStringView());
        if (!accepted.ok()) return accepted;
        tell_progress(last);
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
    if (!decoded.ok()) return located(rocks_, fmt::format("entry {}: ", index.value), decoded.error());
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
    end = {entry.id, decoded->chain};
    return keep(std::move(entry));
}

Result<void> Loader::keep(raft::Entry entry) {
    Recovered& recovered = loaded_.recovered;
    if (entry.id.index > recovered.hard_state.commit) {
        recovered.tail.push_back(std::move(entry));
        return {};
    }
    recovered.base = entry.id;
    return on_committed_(entry);
}

Result<void> Loader::check_end() const {
    const Index commit = loaded_.recovered.hard_state.commit;
    const Index last = loaded_.end.id.index;
    if (commit > last) {
        return damaged(rocks_.dir, fmt::format("entries up to {} were committed, but it ends at {}",
                                               commit.value, last.value));
    }
    if (commit < loaded_.start.previous.index) {
        return damaged(rocks_.dir, fmt::format("it starts after {}, but only {} was committed",
                                               loaded_.start.previous.index.value, commit.value));
    }
    return {};
}

void Loader::tell_progress(Index last) {
    const Instant now = monotonic_now();
    if (now - told_ < progress_interval) return;
    told_ = now;
    log_info(fmt::format("loading the log: entry {} of {}", loaded_.end.id.index.value, last.value));
}

}  // namespace

Result<void> check_identity(const Rocks& rocks, const wire::Identity& identity, bool create) {
    auto stored = load_meta(rocks, identity_key, wire::decode_identity);
    if (!stored.ok()) return stored.error();
    if (!*stored) {
        if (create) return store_identity(rocks, identity);
        return damaged(rocks.dir, "the node's identity is missing");
    }
    if (**stored == identity) return {};
    const auto text = [](const wire::Identity& id) {
        return fmt::format("node {} ({:x}) of cluster {:x}", id.node_name, id.node.value, id.cluster.value);
    };
    return Error{
        Code::wrong_cluster,
        fmt::format("{} belongs to {}, and this is {}; choose another --data-dir, or start that node there",
                    rocks.dir.native(), text(**stored), text(identity))};
}

Result<Loaded> load(const Rocks& rocks, const OnCommitted& on_committed) {
    return Loader(rocks, on_committed).run();
}

}  // namespace kvbus::storage
