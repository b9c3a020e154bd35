// The consensus core: Raft as a pure state machine. Messages, the passage of time and finished disk writes go
// in; messages, disk writes, committed entries and read grants come out. No I/O, no clock, no locks, no
// threads.
//
// Owned by one thread. Inputs change the core only; everything it wants done is collected by take(), which
// the owner calls once after each round of inputs, and carries out in this order: send, submit the write,
// apply, answer reads.
//
// Always true (raft/invariants.h checks it): commit <= last; durable <= last; a vote or an acknowledgement
// leaves the node only after the write that it depends on is durable; a leader counts itself only up to its
// own durable index; what is gone from the log is covered by a snapshot.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <kvbus/error.h>

#include "raft/message.h"
#include "raft/types.h"

namespace kvbus::raft {

// One atomic change of the disk. Writes are carried out and acknowledged in the order of their ids.
struct Write {
    // A received snapshot takes the place of the log, or, when the disk was told of the snapshot's last
    // entry, of the log's part up to that entry: what follows it then stays.
    struct Install {
        SnapshotMeta snapshot;
        bool keeps_log = false;
    };

    WriteId id;
    std::optional<HardState> hard_state;
    std::optional<Install> install;      // first of all; hard_state then holds the commit index
    std::optional<Index> truncate_from;  // then drop this entry and all after it; none when a log is replaced
    std::vector<Entry> append;           // then add these, contiguous
    std::vector<Envelope> then_send;     // promises: to be sent once this write and all before it are durable

    // Nothing to store: durable as soon as the writes before it are.
    [[nodiscard]] bool only_promises() const {
        return !hard_state && !install && !truncate_from && append.empty();
    }
};

struct Ready {
    std::vector<Envelope> send;
    std::optional<Write> write;
    std::vector<Entry> apply;  // newly committed, in order, each exactly once
    std::vector<ReadGrant> reads;
    std::vector<LogFetch> fetch;        // answered by fetched(), at most one outstanding per follower
    std::optional<SnapshotMeta> offer;  // by the leader: to be fetched from its holder and given to install()
    std::optional<Role> role;           // when it changed since the last take()
};

// What one node knows of another's log; only a leader has any.
struct FollowerStatus {
    NodeId id;
    Index match;
    Index next;
    bool heard_lately = false;    // within the last election timeout
    bool needs_snapshot = false;  // what it needs next is gone from the leader's log
};

struct Status {
    Role role;
    Index commit;
    Index last;
    Index durable;
    std::uint64_t ignored = 0;  // messages that made no sense: from strangers, or impossible in their term
    std::vector<FollowerStatus> followers;
    Index snapshot;   // the last entry that this node's snapshot covers; zero without one
    Index log_start;  // the entry before the first that is on disk
};

class Core {
  public:
    Core(const Config& config, Boot boot, Instant now);
    Core(Core&&) noexcept;
    Core& operator=(Core&&) noexcept;
    ~Core();

    // Bad input, whoever sends it, is ignored and counted in Status::ignored.
    void step(Instant now, NodeId from, const Message& message);
    void tick(Instant now);  // does what is due; harmless when nothing is

    // When tick() must be called next. Changes with every input.
    [[nodiscard]] Instant deadline() const;

    // Appends one entry per blob to the leader's log. The id of the first one; unavailable when this node
    // does not lead, overloaded when too much waits to be committed. Whether it commits shows only in
    // Ready::apply.
    [[nodiscard]] Result<EntryId> propose(Instant now, std::span<const Blob> batches);

    // Starts a linearizable read on any node (thesis 6.4). The grant comes in a later Ready; it does not come
    // when the leader changes meanwhile, so the caller keeps a deadline and may ask again. Unavailable when
    // no leader is known.
    [[nodiscard]] Result<ReadId> read(Instant now);

    void persisted(Instant now, WriteId through);
    void fetched(Instant now, const LogFetch& fetch, std::vector<Entry> entries);

    // A snapshot of this node's own is durable, and the log on disk now begins after `log_start`. Followers
    // that need what is gone are offered the snapshot. A snapshot must not be published any more when one of
    // more was installed meanwhile.
    void compacted(Instant now, const SnapshotMeta& snapshot, EntryId log_start);

    // All bytes of an offered snapshot are durable and known to be good. True: the owner takes its state at
    // once as that after `snapshot.last`, and the next take() goes on from there. False: the node got as far
    // by itself meanwhile, or leads; nothing changes.
    [[nodiscard]] bool install(Instant now, const SnapshotMeta& snapshot);

    // This node must not lead: it steps down if it does, and stands for no election until it may again. It
    // votes and acknowledges as before, which is about its log and not about what it makes of it.
    void abstain(Instant now, bool abstains);

    // The process of `peer` is known to have died. A follower of it starts an election without waiting for
    // the timeout; safety never depends on it.
    void peer_lost(Instant now, NodeId peer);

    [[nodiscard]] Ready take();

    [[nodiscard]] Status status() const;
    [[nodiscard]] Role role() const;
    [[nodiscard]] const Membership& membership() const;

    struct State;  // raft/state.h: for the core's own files and the invariants
    [[nodiscard]] const State& state() const;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::raft
