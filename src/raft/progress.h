// What a leader knows of one follower: how far its log matches, what to send next, what is under way. Owned
// by the leader's core, for one term.
//
// Always true: match < next. Entries up to match are durable at the follower and equal the leader's. While
// replicating, everything from match + 1 to next - 1 has been sent and is counted in flight until it is
// acknowledged.
#pragma once

#include <cstdint>
#include <deque>

#include "raft/types.h"

namespace kvbus::raft {

enum class Pace : std::uint8_t {
    probe,      // where the logs part is not known, or a message was lost: one Append at a time
    replicate,  // sends ahead, as far as the byte window allows
    fetch,      // what comes next is on disk only and has been asked for
    snapshot,   // what comes next is gone: a snapshot is offered with each heartbeat
};

class Progress {
  public:
    Progress(NodeId id, Index next, Instant now) : id_(id), next_(next), heard_(now) {}

    [[nodiscard]] NodeId id() const { return id_; }
    [[nodiscard]] Index match() const { return match_; }
    [[nodiscard]] Index next() const { return next_; }
    [[nodiscard]] Pace pace() const { return pace_; }
    [[nodiscard]] bool is_idle() const { return in_flight_.empty(); }
    [[nodiscard]] std::uint64_t bytes_in_flight() const { return bytes_in_flight_; }

    // Whether an Append may go out now, given that its first entry has `bytes`.
    [[nodiscard]] bool may_send(std::uint64_t bytes, std::uint64_t window_bytes) const;
    void sent(Index last, std::uint64_t bytes);

    // An Append was accepted up to `match`, or refused because of the entry before it at `refused`;
    // `candidate` is the last place below it where the logs can match. False: the answer is an old one and
    // changes nothing.
    void accepted(Index match);
    bool rejected(Index refused, Index candidate);

    void wait_for_fetch();
    void fetched(bool is_needed);  // false: not what is needed any more
    void wait_for_snapshot();      // until more is acknowledged, however the follower got it

    // Lost messages show when a whole heartbeat interval passes without an answer to what was sent. Then,
    // when the follower's heartbeat reply proves that it is there: what it never got is sent again, and if it
    // got everything, heartbeat_answered() is true and it should be asked to acknowledge again.
    void heartbeat_sent(std::uint64_t round);
    [[nodiscard]] bool heartbeat_answered(std::uint64_t round, Index last);
    void send_again();  // all that is not acknowledged

    // Its process died: whatever was under way is gone.
    void lost();
    void hear(Instant now);
    [[nodiscard]] Instant heard() const { return heard_; }
    [[nodiscard]] bool is_lost() const { return lost_; }

    std::uint64_t acknowledged_round = 0;  // of heartbeats
    Index told_commit;                     // the highest commit index that a message to it carried

  private:
    void probe_from(Index next);
    [[nodiscard]] bool awaits_answer() const;

    NodeId id_;
    Index match_;
    Index next_;
    Pace pace_ = Pace::probe;
    bool probe_sent_ = false;

    struct Sent {
        Index last;
        std::uint64_t bytes;
    };
    std::deque<Sent> in_flight_;
    std::uint64_t bytes_in_flight_ = 0;

    Instant heard_;
    bool lost_ = false;
    bool silent_ = false;              // no answer since the last heartbeat, though one was due
    std::uint64_t suspect_round_ = 0;  // the heartbeat whose answer decides whether messages were lost
    Index suspect_sent_;               // what had been sent by then
};

}  // namespace kvbus::raft
