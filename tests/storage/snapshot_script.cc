#include "storage/snapshot_script.h"

#include <algorithm>
#include <utility>

#include "storage/support.h"

namespace kvbus::storage {
namespace {

constexpr std::uint64_t uncommitted_entries_max = 30;

}  // namespace

SnapshotScript::SnapshotScript(std::uint64_t seed, const Recovered& from)
    : random_(seed), id_(seed << 32), log_{from.hard_state, from.base, {}} {
    if (from.snapshot) snapshot_last_ = from.snapshot->meta.last.index;
    for (const raft::Entry& each : from.tail)
        log_.tail.push_back(each.id);
    log_.hard_state.term = Term{std::max<std::uint64_t>(log_.hard_state.term.value, 1)};
}

SnapshotScript::Step SnapshotScript::next() {
    if (random_.chance(0.1)) return install();
    if (log_.base.index > snapshot_last_ && random_.chance(0.15)) {
        return {snapshot(log_.base), {}, Index{random_.between(0, log_.base.index.value)}};
    }
    return {{}, write(), {}};
}

TestSnapshot SnapshotScript::snapshot(raft::EntryId last) {
    snapshot_last_ = last.index;
    return snapshot_after(last, ++id_, random_.between(1, 40), 1000);
}

raft::Write SnapshotScript::write() {
    raft::Write write;
    if (!log_.tail.empty() && random_.chance(0.15)) {
        log_.hard_state.term = log_.hard_state.term + 1;
        const std::uint64_t from = random_.between(log_.base.index.value + 1, last());
        write.truncate_from = Index{from};
        log_.tail.resize(from - log_.base.index.value - 1);
    }
    for (std::uint64_t left = random_.below(8); left > 0; --left) {
        write.append.push_back(entry(last() + 1, log_.hard_state.term.value));
        log_.tail.push_back(write.append.back().id);
    }
    if (last() > uncommitted_entries_max)
        commit(std::max(log_.base.index.value, last() - uncommitted_entries_max));
    return finished(std::move(write));
}

SnapshotScript::Step SnapshotScript::install() {
    raft::Write write;
    const bool keeps_log = !log_.tail.empty() && random_.chance(0.5);
    if (keeps_log) {
        commit(random_.between(log_.base.index.value + 1, last()));
    } else {
        log_.hard_state.term = log_.hard_state.term + random_.below(2);
        // Of what others have, in place of what this one has.
        const std::uint64_t index = random_.between(log_.base.index.value + 1, last() + 20);
        log_.base = entry_id(log_.hard_state.term.value, index);
        log_.hard_state.commit = log_.base.index;
        log_.tail.clear();
    }
    TestSnapshot received = snapshot(log_.base);
    write.install = {received.manifest.meta, keeps_log};
    return {std::move(received), finished(std::move(write)), {}};
}

raft::Write SnapshotScript::finished(raft::Write write) {
    write.id = raft::WriteId{++writes_};
    write.hard_state = log_.hard_state;
    return write;
}

void SnapshotScript::commit(std::uint64_t index) {
    const auto count = static_cast<std::ptrdiff_t>(index - log_.base.index.value);
    if (count == 0) return;
    log_.base = log_.tail[static_cast<std::size_t>(count) - 1];
    log_.tail.erase(log_.tail.begin(), log_.tail.begin() + count);
    log_.hard_state.commit = log_.base.index;
}

}  // namespace kvbus::storage
