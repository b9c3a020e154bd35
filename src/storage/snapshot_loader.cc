#include "storage/snapshot_loader.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

std::vector<wire::ChunkName> chunks_of(const wire::SnapshotManifest& manifest) {
    std::vector<wire::ChunkName> names;
    for (std::size_t section = 0; section < wire::snapshot_sections; ++section) {
        for (std::uint32_t number = 0; number < manifest.chunks[section]; ++number)
            names.push_back({manifest.meta.id, static_cast<wire::SnapshotSection>(section), number});
    }
    return names;
}

Result<std::string> read_present(const SnapshotFiles& files, const wire::ChunkName& name) {
    auto bytes = files.read(name);
    if (!bytes.ok() || !bytes->empty()) return bytes;
    return Error{Code::damaged, fmt::format("chunk {} of section {} is missing", name.number,
                                            static_cast<int>(name.section))};
}

}  // namespace

Result<machine::Machine> load_machine(const SnapshotFiles& files, const wire::SnapshotManifest& manifest,
                                      const machine::Limits& limits) {
    const std::vector<wire::ChunkName> names = chunks_of(manifest);
    ChunkQueue ahead;
    const std::jthread reading([&] {
        for (const wire::ChunkName& name : names) {
            if (!ahead.push(read_present(files, name))) return;
        }
    });

    wire::ImageReader reader(limits, manifest);
    Progress progress;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto bytes = ahead.pop();
        auto added = bytes.ok() ? reader.add(names[i], *bytes) : Result<void>{bytes.error()};
        if (!added.ok()) {
            ahead.close();
            return added.error();
        }
        if (progress.is_due())
            log_info(fmt::format("loading the snapshot: chunk {} of {}", i + 1, names.size()));
    }
    return reader.finish();
}

}  // namespace kvbus::storage
