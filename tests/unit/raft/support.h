// A bed for one core: the test plays the other nodes, the clock and the disk, and sees only what leaves the
// node.
//
// Each input replaces what the previous one made the node send, so that `sent` reads as "the answer". Writes
// stay in flight until persist(); promises leave with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "raft/core.h"
#include "raft/trace.h"
#include "scenario/memory_disk.h"

namespace kvbus::raft {

// How GoogleTest prints a value in a failure.
void PrintTo(const EntryId& id, std::ostream* out);
void PrintTo(const Entry& entry, std::ostream* out);
void PrintTo(const Role& role, std::ostream* out);

}  // namespace kvbus::raft

namespace kvbus::raft::test {

using std::chrono::milliseconds;

inline constexpr NodeId one{1}, two{2}, three{3}, four{4}, five{5};
inline constexpr Duration heartbeat = Config{}.heartbeat_interval;
inline constexpr Duration timeout_min = Config{}.election_timeout_min;
inline constexpr Duration timeout_max = Config{}.election_timeout_max;

[[nodiscard]] EntryId at(std::uint64_t term, std::uint64_t index);
[[nodiscard]] Entry entry(std::uint64_t term, std::uint64_t index, std::string_view data = "x");
// {1, 1, 2} gives 1/1 1/2 2/3.
[[nodiscard]] std::vector<Entry> log_of(const std::vector<std::uint64_t>& terms);
[[nodiscard]] Append append(EntryId previous, std::vector<Entry> entries, std::uint64_t commit = 0);
// That another node offers, of three.
[[nodiscard]] SnapshotMeta snapshot_of(NodeId holder, EntryId last);

// A node that starts with this on its disk. `term` 0 means that of the last entry.
struct Setup {
    std::uint64_t self = 1;
    std::uint64_t nodes = 3;
    std::vector<std::uint64_t> log = {};  // as for log_of()
    std::uint64_t term = 0;
    NodeId vote = {};
    std::uint64_t commit = 0;
    std::uint64_t base = 0;
    Config config = {};
};

template <class Body>
struct Sent {
    NodeId to;
    Term term;
    Body body;
};

class Subject {
  public:
    explicit Subject(const Setup& setup = {});

    using Body = decltype(Message::body);
    void receive(NodeId from, std::uint64_t term, Body body);
    void ask(NodeId from, std::uint64_t term, Body body);  // receive, then all writes become durable
    void pass(Duration duration);
    void time_out();  // until it starts a pre-vote or an election
    void persist();   // all writes in flight
    void persist_one();
    void lose(NodeId peer);
    void abstain(bool abstains);
    void restart();  // a crash: writes in flight are lost
    Result<EntryId> propose(std::string_view data);
    Result<ReadId> read();
    void answer_fetch();  // the oldest
    // Takes a snapshot of all that is applied, and drops the log up to `drop_through`.
    SnapshotMeta publish(std::uint64_t drop_through);
    bool install(const SnapshotMeta& snapshot);

    // Plays the majority that it takes. They leave no write in flight.
    void become_candidate();
    void become_leader();
    void acknowledge(NodeId from, std::uint64_t match);  // everything up to `match` is durable at `from`

    // What left the node because of the last input.
    template <class B>
    [[nodiscard]] std::vector<Sent<B>> sent(NodeId to = {}) const;
    // The only message of its kind to `to`; fails the test and gives an empty one if there are none or
    // several.
    template <class B>
    [[nodiscard]] Sent<B> only(NodeId to) const;
    // The entries of all Appends to `to`, which must follow one another.
    [[nodiscard]] std::vector<Entry> entries_sent(NodeId to) const;
    [[nodiscard]] const std::vector<Envelope>& outbox() const { return outbox_; }
    [[nodiscard]] const std::vector<ReadGrant>& grants() const { return grants_; }
    [[nodiscard]] const std::optional<SnapshotMeta>& offer() const { return offer_; }

    // Since the start.
    [[nodiscard]] const std::vector<Entry>& applied() const { return applied_; }
    [[nodiscard]] const std::vector<LogFetch>& fetches() const { return fetches_; }

    [[nodiscard]] RoleKind kind() const { return core_.role().kind; }
    [[nodiscard]] std::uint64_t term() const { return core_.role().term.value; }
    [[nodiscard]] NodeId leader() const { return core_.role().leader; }
    [[nodiscard]] Status status() const { return core_.status(); }
    [[nodiscard]] std::uint64_t commit() const { return core_.status().commit.value; }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] Instant deadline() const { return core_.deadline(); }
    [[nodiscard]] const scenario::MemoryDisk& disk() const { return disk_; }
    // The log as the node sees it: durable or not.
    [[nodiscard]] const std::vector<Entry>& log() const { return disk_.written().log; }

  private:
    void collect();
    void begin_input();
    void step(NodeId from, std::uint64_t term, const Body& body);
    void complete_one();

    Config config_;
    Membership membership_;
    Index base_;
    scenario::MemoryDisk disk_;
    Instant now_;
    Core core_;
    std::vector<Envelope> outbox_;
    std::vector<ReadGrant> grants_;
    std::optional<SnapshotMeta> offer_;
    std::vector<Entry> applied_;
    std::vector<LogFetch> fetches_;
};

template <class B>
std::vector<Sent<B>> Subject::sent(NodeId to) const {
    std::vector<Sent<B>> found;
    for (const Envelope& envelope : outbox_) {
        const B* body = std::get_if<B>(&envelope.message.body);
        if (body == nullptr || (to && envelope.to != to)) continue;
        found.push_back({envelope.to, envelope.message.term, *body});
    }
    return found;
}

template <class B>
Sent<B> Subject::only(NodeId to) const {
    std::vector<Sent<B>> found = sent<B>(to);
    if (found.size() == 1) return found.front();
    ADD_FAILURE() << "expected one such message to " << to.value << ", found " << found.size();
    return {};
}

}  // namespace kvbus::raft::test
