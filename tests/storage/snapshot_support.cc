#include "storage/snapshot_support.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/check.h"
#include "machine/machine.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_bytes = 300;

machine::Machine machine_with(std::uint64_t keys, std::uint64_t seed, std::size_t value_bytes) {
    machine::Machine machine;
    for (std::uint64_t round = 0; round < 2; ++round) {
        for (std::uint64_t n = 0; n < keys; ++n) {
            std::string value = fmt::format("{}/{}/{}/", seed, round, n);
            value.resize(value_bytes, '.');
            const std::string key = fmt::format("key {}", n);
            (void)machine.apply(machine::without_session(machine::Put{.key = key, .value = value}));
        }
    }
    return machine;
}

}  // namespace

TestSnapshot snapshot_after(raft::EntryId last, std::uint64_t id, std::uint64_t keys,
                            std::size_t value_bytes) {
    machine::Machine machine = machine_with(keys, id, value_bytes);
    TestSnapshot snapshot;
    wire::ImageWriter writer(id, std::max(chunk_bytes, value_bytes),
                             [&](wire::SnapshotChunk chunk) { snapshot.chunks.push_back(std::move(chunk)); });
    snapshot.manifest.meta = {last, {{NodeId{0xa1}, NodeId{0xa2}, NodeId{0xa3}}}, NodeId{0xa2}, id};
    snapshot.manifest.header = machine.begin_image(writer);
    while (!machine.continue_image(1000)) {
    }
    writer.finish(snapshot.manifest);
    return snapshot;
}

raft::EntryId entry_id(std::uint64_t term, std::uint64_t index) {
    return {Term{term}, Index{index}};
}

void store(SnapshotFiles& files, const TestSnapshot& snapshot) {
    for (const wire::SnapshotChunk& chunk : snapshot.chunks) {
        const auto stored = files.store(chunk);
        KV_CHECK(stored.ok(), stored.error().message);
    }
    const auto synced = files.sync(snapshot.id());
    KV_CHECK(synced.ok(), synced.error().message);
}

fs::path snapshot_path(const fs::path& dir, std::uint64_t id) {
    return dir / fmt::format("{:016x}.snapshot", id);
}

std::vector<fs::path> snapshot_paths(const fs::path& dir) {
    std::vector<fs::path> paths;
    for (const auto& file : fs::directory_iterator(dir)) {
        if (file.path().extension() == ".snapshot") paths.push_back(file.path());
    }
    std::ranges::sort(paths);
    return paths;
}

}  // namespace kvbus::storage
