#include "storage/snapshot_loader.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "storage/progress.h"

namespace kvbus::storage {
namespace {

constexpr std::size_t chunks_ahead_max = 4;

// Chunks from the thread that reads them to the one that builds, a few at a time.
class ChunkQueue {
  public:
    // False when nobody wants more.
    [[nodiscard]] bool push(Result<std::string> chunk) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || chunks_.size() < chunks_ahead_max; });
        if (closed_) return false;
        chunks_.push_back(std::move(chunk));
        changed_.notify_all();
        return true;
    }

    [[nodiscard]] Result<std::string> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !chunks_.empty(); });
        Result<std::string> chunk = std::move(chunks_.front());
        chunks_.pop_front();
        changed_.notify_all();
        return chunk;
    }

    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Result<std::string>> chunks_;
    bool closed_ = false;
};

Result<std::string> read_present(const SnapshotFiles& files, const wire::ChunkName& name) {
    auto bytes = files.read(name);
    if (!bytes.ok() || !bytes->empty()) return bytes;
    return Error{Code::damaged, fmt::format("chunk {} of section {} is missing", name.number,
                                            static_cast<int>(name.section))};
}

}  // namespace

Result<machine::Machine> load_machine(const SnapshotFiles& files, const wire::SnapshotManifest& manifest,
                                      const machine::Limits& limits) {
    ChunkQueue ahead;
    const std::jthread reading([&] {
        for (std::uint64_t place = 0; const auto name = wire::chunk_at(manifest, place); ++place) {
            if (!ahead.push(read_present(files, *name))) return;
        }
    });

    wire::ImageReader reader(limits, manifest);
    Progress progress;
    for (std::uint64_t place = 0; const auto name = wire::chunk_at(manifest, place); ++place) {
        const auto bytes = ahead.pop();
        auto added = bytes.ok() ? reader.add(*name, *bytes) : Result<void>{bytes.error()};
        if (!added.ok()) {
            ahead.close();
            return added.error();
        }
        if (progress.is_due())
            log_info(fmt::format("loading the snapshot: chunk {} of {}", place + 1,
                                 std::uint64_t{manifest.chunks[0]} + manifest.chunks[1]));
    }
    return reader.finish();
}

Result<machine::Machine> open_machine(SnapshotFiles& files, const wire::SnapshotManifest& manifest,
                                      const machine::Limits& limits) {
    const bool has_file = wire::chunk_at(manifest, 0).has_value();
    if (has_file) {
        if (auto opened = files.open(manifest.meta.id); !opened.ok()) return opened.error();
    }
    return load_machine(files, manifest, limits);
}

}  // namespace kvbus::storage
