#include "storage/rocks.h"

#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include "base/check.h"
#include "storage/errors.h"
#include "storage/rocks_errors.h"
#include "storage/rocks_logger.h"
#include "wire/big_endian.h"

namespace kvbus::storage {
namespace {

// Small: it costs its size in memory, twice while it is flushed, and as much of the WAL is read at the next
// start. A larger one would save the flush of what a snapshot lets go before; but a log is as large as the
// machine by then.
constexpr std::size_t memtable_bytes = 16 << 20;

// Only one is filled, and one flushed at most times. But a publication begins a flush too, and with no room
// for another memtable RocksDB would have all writes wait.
constexpr int memtables_max = 4;

// After an error the process ends, and its successor verifies what is there. RocksDB by itself would wait for
// free space and then flush and write again, as if the failed sync had not dropped anything.
class NoRecovery final : public rocksdb::EventListener {
  public:
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
        *auto_recovery = false;
    }
};

rocksdb::DBOptions database_options(bool create) {
    rocksdb::DBOptions options;
    options.create_if_missing = create;
    options.create_missing_column_families = true;

    // Refuse a write-ahead log that is damaged anywhere but in a last record that never became complete. The
    // default mode would open with whatever precedes the damage, and drop synced entries behind it.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.track_and_verify_wals_in_manifest = true;  // a closed WAL that is missing or shorter
    options.paranoid_checks = true;
    // What a killed process had written but not yet synced is read back too. It must be durable before this
    // node speaks of it, and the flush at the end of the recovery makes it so.
    options.avoid_flush_during_recovery = false;

    // There is one writer, so all that coordinates several of them only costs.
    options.allow_concurrent_memtable_write = false;
    options.enable_write_thread_adaptive_yield = false;
    options.enable_pipelined_write = false;

    options.listeners.push_back(std::make_shared<NoRecovery>());  // from lack of space
    options.max_bgerror_resume_count = 0;                         // from other errors

    // `meta` is so small that it would never be flushed by itself, and would hold back every WAL since the
    // start.
    options.max_total_wal_size = 3 * memtable_bytes;
    options.max_background_jobs = 2;
    // Write SSTs out as they grow: at the end of a flush the WAL's syncs would queue behind all of it.
    options.bytes_per_sync = 1 << 20;

    options.info_log = make_rocks_logger();
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

rocksdb::ColumnFamilyOptions log_options() {
    rocksdb::BlockBasedTableOptions table;
    table.checksum = rocksdb::kXXH3;  // Debian's build has no hardware CRC32C
    table.no_block_cache = true;      // read from end to end at start, and by followers that are far behind
    table.block_size = 64 << 10;

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = memtable_bytes;
    options.max_write_buffer_number = memtables_max;
    // Keys arrive in order, so compaction only moves files. At once, since what has been dropped is deleted
    // by whole files, and not in level 0.
    options.level0_file_num_compaction_trigger = 1;
    options.target_file_size_base = memtable_bytes;
    options.compression = rocksdb::kNoCompression;
    return options;
}

rocksdb::ColumnFamilyOptions meta_options() {
    rocksdb::BlockBasedTableOptions table;
    table.checksum = rocksdb::kXXH3;
    table.no_block_cache = true;

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = 4 << 20;
    options.max_write_buffer_number = memtables_max;
    options.compression = rocksdb::kNoCompression;
    return options;
}

}  // namespace

LogKey log_key(Index index) {
    LogKey key{};
    wire::store_big_endian(key.data(), index.value);
    return key;
}

Index index_of(std::string_view key) {
    if (key.size() != sizeof(LogKey)) return {};
    return Index{wire::load_big_endian<std::uint64_t>(key.data())};
}

Result<std::unique_ptr<Rocks>> Rocks::open(const std::filesystem::path& dir, bool create) {
    std::error_code error;
    if (!create && !std::filesystem::exists(dir / "CURRENT", error)) {
        return damaged(dir, "the file CURRENT is missing");
    }
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
        {rocksdb::kDefaultColumnFamilyName, {}}, {"log", log_options()}, {"meta", meta_options()}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(database_options(create), dir.native(), families, &handles, &db);
    if (!status.ok()) return rocksdb_error(dir, "open the log in " + dir.native(), status);
    KV_CHECK(handles.size() == families.size());

    auto rocks = std::make_unique<Rocks>();
    rocks->dir = dir;
    rocks->db.reset(db);
    rocks->unused.reset(handles[0]);
    rocks->log.reset(handles[1]);
    rocks->meta.reset(handles[2]);
    return rocks;
}

Rocks::Rocks() = default;
Rocks::~Rocks() = default;

}  // namespace kvbus::storage
