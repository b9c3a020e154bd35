// The errors of RocksDB, in the words of errors.h.
#pragma once

#include <filesystem>
#include <string_view>

#include <kvbus/error.h>

namespace rocksdb {
class Status;
}

namespace kvbus::storage {

// RocksDB failed while `doing`. The status must not be ok.
[[nodiscard]] Error rocksdb_error(const std::filesystem::path& dir, std::string_view doing,
                                  const rocksdb::Status& status);

}  // namespace kvbus::storage
