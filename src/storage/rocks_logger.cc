#include "storage/rocks_logger.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include <rocksdb/env.h>

#include "base/log.h"

namespace kvbus::storage {
namespace {

class RocksLogger final : public rocksdb::Logger {
  public:
    RocksLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

    using rocksdb::Logger::Logv;
    void Logv(const char* format, std::va_list arguments) override {
        char line[512];
        std::vsnprintf(line, sizeof line, format, arguments);
        log_warn(std::string("RocksDB: ") + line);
    }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_logger() {
    return std::make_shared<RocksLogger>();
}

}  // namespace kvbus::storage
