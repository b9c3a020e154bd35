// The process that the tests kill, or run out of space: real threads in the middle of real writes.
//
//   storage_child write DIR SEED      carries out WriteScript(SEED) until it is killed; prints how many
//   writes
//                                     are durable
//   storage_child snapshots DIR SEED  the same with SnapshotScript(SEED); prints which snapshots count, too
//   storage_child fill DIR            mounts a small filesystem on DIR and fills it with entries; prints what
//                                     became of it
//   storage_child fill-chunks DIR     the same with the chunks of a snapshot

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "storage/disk_thread.h"
#include "storage/snapshot_script.h"
#include "storage/snapshot_support.h"
#include "storage/support.h"
#include "storage/write_script.h"

namespace kvbus::storage {
namespace {

constexpr std::uint64_t under_way_max = 32;

void say(const std::string& line) {
    const std::string bytes = line + "\n";
    if (write(STDOUT_FILENO, bytes.data(), bytes.size()) < 0) _exit(1);
}

int say_error(const Error& error) {
    say(fmt::format("{} {}", name_of(error.code), error.message));
    return 1;
}

int write_until_killed(const std::string& dir, std::uint64_t seed) {
    auto opened = open_store(dir);
    if (!opened.ok()) return say_error(opened.error());
    WriteScript script(seed, opened->recovered);
    DiskThread disk(std::move(opened->store), std::move(opened->snapshots), machine::Limits{},
                    [](const Error& error) { _exit(say_error(error)); });
    for (std::uint64_t submitted = 0, durable = 0;;) {
        for (; submitted - durable < under_way_max; ++submitted)
            disk.submit(script.next());
        pollfd fd{disk.completions_fd(), POLLIN, 0};
        poll(&fd, 1, -1);
        const auto completions = disk.take_completions();
        if (!completions.persisted_through) continue;
        durable = completions.persisted_through->value;
        say(std::to_string(durable));
    }
}

// Does what a script says, and tells what has become durable.
class Follower {
  public:
    Follower(LogStore::Opened opened, std::uint64_t seed)
        : script_(seed, opened.recovered),
          disk_(std::move(opened.store), std::move(opened.snapshots), machine::Limits{},
                [](const Error& error) { _exit(say_error(error)); }) {}

    [[noreturn]] void run() {
        for (;;) {
            auto step = script_.next();
            if (step.snapshot) store(*step.snapshot, step.write.has_value());
            if (step.snapshot && !step.write) disk_.publish(step.snapshot->manifest, step.drop_through);
            if (step.write) disk_.submit(std::move(*step.write));
            while (script_.writes() - durable_ >= under_way_max)
                wait();
        }
    }

  private:
    void store(const TestSnapshot& snapshot, bool is_received) {
        for (const wire::SnapshotChunk& chunk : snapshot.chunks)
            disk_.store(chunk);
        if (!is_received) return;
        disk_.load(snapshot.manifest);
        while (loaded_ != snapshot.id())
            wait();
    }

    void wait() {
        pollfd fd{disk_.completions_fd(), POLLIN, 0};
        poll(&fd, 1, -1);
        const auto done = disk_.take_completions();
        if (done.persisted_through) {
            durable_ = done.persisted_through->value;
            say(fmt::format("written {}", durable_));
        }
        for (const auto& published : done.published)
            say(fmt::format("published {}", published.manifest.meta.id));
        for (const auto& loaded : done.loaded) {
            if (!loaded.machine.ok()) _exit(say_error(loaded.machine.error()));
            loaded_ = loaded.manifest.meta.id;
        }
    }

    SnapshotScript script_;
    DiskThread disk_;
    std::uint64_t durable_ = 0;
    std::uint64_t loaded_ = 0;
};

int snapshots_until_killed(const std::string& dir, std::uint64_t seed) {
    auto opened = open_store(dir);
    if (!opened.ok()) return say_error(opened.error());
    Follower(std::move(*opened), seed).run();
}

// Writes until the store fails. The number of writes that it reported durable before.
std::uint64_t write_until_failure(LogStore::Opened opened) {
    std::mutex mutex;
    bool failed = false;
    std::uint64_t submitted = 0;
    std::uint64_t durable = 0;
    DiskThread disk(std::move(opened.store), std::move(opened.snapshots), machine::Limits{},
                    [&](const Error& error) {
                        const std::lock_guard lock(mutex);
                        failed = true;
                        say_error(error);
                    });
    for (;;) {
        {
            const std::lock_guard lock(mutex);
            if (failed) return durable;
        }
        for (; submitted - durable < under_way_max; ++submitted) {
            raft::Write write = append(submitted + 1, submitted, 1, submitted);
            write.id = raft::WriteId{submitted + 1};
            write.append.push_back(entry(submitted + 1, 1, 10'000));
            disk.submit(std::move(write));
        }
        pollfd fd{disk.completions_fd(), POLLIN, 0};
        poll(&fd, 1, 50);
        if (const auto through = disk.take_completions().persisted_through) durable = through->value;
    }
}

bool mount_small(const std::string& dir, unsigned long flags, const char* size) {
    return mount("kvbus-test", dir.c_str(), "tmpfs", flags, size) == 0;
}

// In a namespace of its own: the mount ends with the process, however that ends.
bool mount_alone(const std::string& dir) {
    if (unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        mount_small(dir, 0, "size=16m"))
        return true;
    say(fmt::format("cannot mount a tmpfs: {}", std::strerror(errno)));
    return false;
}

int fill(const std::string& dir) {
    if (!mount_alone(dir)) return 77;
    auto opened = open_store(dir);
    if (!opened.ok()) return say_error(opened.error());
    const std::uint64_t durable = write_until_failure(std::move(*opened));
    say(std::to_string(durable));

    if (auto full = open_store(dir); !full.ok()) say_error(full.error());
    if (!mount_small(dir, MS_REMOUNT, "size=256m")) return say_error({Code::io, "cannot remount"});
    const auto content = read_back(dir);
    if (!content.ok()) return say_error(content.error());
    say(std::to_string(content->recovered.last.value));
    for (std::uint64_t n = 1; n <= content->entries.size(); ++n) {
        if (content->entries[n - 1] != entry(n, 1, 10'000))
            return say_error({Code::damaged, std::to_string(n)});
    }
    return 0;
}

int fill_with_chunks(const std::string& dir) {
    if (!mount_alone(dir)) return 77;
    auto opened = open_store(dir);
    if (!opened.ok()) return say_error(opened.error());
    const raft::Write write = append(1, 20, 1, 20);
    const TestSnapshot kept = snapshot_after(entry_id(1, 10), 1);
    store(opened->snapshots, kept);
    if (!opened->store->write({&write, 1}).ok() || !opened->store->publish(kept.manifest, Index{5}).ok())
        return 1;
    {
        std::promise<void> failure;
        DiskThread disk(std::move(opened->store), std::move(opened->snapshots), machine::Limits{},
                        [&](const Error& error) {
                            say_error(error);
                            failure.set_value();
                        });
        const TestSnapshot large = snapshot_after(entry_id(1, 20), 2, 12, 1 << 20);
        for (const wire::SnapshotChunk& chunk : large.chunks)
            disk.store(chunk);
        disk.publish(large.manifest, Index{20});
        failure.get_future().wait();
    }
    if (!mount_small(dir, MS_REMOUNT, "size=256m")) return say_error({Code::io, "cannot remount"});
    const auto content = read_back(dir);
    if (!content.ok()) return say_error(content.error());
    say(fmt::format("snapshot {}, log from {} to {}, {} files", content->recovered.snapshot->meta.id,
                    content->recovered.log_start.index.value, content->recovered.last.value,
                    snapshot_paths(dir).size()));
    return 0;
}

int run(std::string_view command, const std::string& dir, const char* seed) {
    if (command == "write" && seed != nullptr) return write_until_killed(dir, std::stoull(seed));
    if (command == "snapshots" && seed != nullptr) return snapshots_until_killed(dir, std::stoull(seed));
    if (command == "fill") return fill(dir);
    if (command == "fill-chunks") return fill_with_chunks(dir);
    return 2;
}

}  // namespace
}  // namespace kvbus::storage

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    return kvbus::storage::run(argv[1], argv[2], argc > 3 ? argv[3] : nullptr);
}
