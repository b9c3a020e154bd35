// The database under the log: RocksDB with two column families and our settings. Internal to storage.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include <kvbus/error.h>

#include "base/ids.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace kvbus::storage {

// Keys of `meta`.
constexpr std::string_view identity_key = "identity";
constexpr std::string_view hard_state_key = "hard_state";
constexpr std::string_view start_key = "start";
constexpr std::string_view snapshot_key = "snapshot";  // the manifest of the one that counts

// Keys of `log`: the index, most significant byte first, so that byte order is log order.
using LogKey = std::array<char, sizeof(std::uint64_t)>;
[[nodiscard]] LogKey log_key(Index index);
[[nodiscard]] Index index_of(std::string_view key);  // zero when it is no such key

// An open database; closed when destroyed.
struct Rocks {
    std::filesystem::path dir;
    std::unique_ptr<rocksdb::DB> db;
    std::unique_ptr<rocksdb::ColumnFamilyHandle> log;     // index -> record
    std::unique_ptr<rocksdb::ColumnFamilyHandle> meta;    // the keys above
    std::unique_ptr<rocksdb::ColumnFamilyHandle> unused;  // the one that RocksDB insists on

    // Opens what is there. Creates it only if told to: over a database that lost its files, RocksDB would
    // make a new one and delete the rest.
    [[nodiscard]] static Result<std::unique_ptr<Rocks>> open(const std::filesystem::path& dir, bool create);

    Rocks();
    ~Rocks();
    Rocks(const Rocks&) = delete;
    Rocks& operator=(const Rocks&) = delete;
};

}  // namespace kvbus::storage
