// RocksDB's own warnings, in the process's log.
//
// Its default is a file in the database, and that file is what breaks first on a full disk: in Debian's
// build, which has assertions, writing it after a failed write aborts the process before it can say what is
// wrong.
#pragma once

#include <memory>

namespace rocksdb {
class Logger;
}

namespace kvbus::storage {

[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_rocks_logger();

}  // namespace kvbus::storage
