// Writes that reached this node while another one leads, or none does: kept until the leader has answered
// them, sent to it over the peer bus, and sent again to the next leader. Owned by the loop thread.
//
// A command without a session is never sent again once it may have been applied.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "node/pending.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class Forwarding {
  public:
    struct Held {
        OwnedCommand command;
        PendingWrite write;
    };

    void hold(const machine::Command& command, PendingWrite write);

    // What has not been sent to the leader yet, as much as fits one frame; empty when nothing is left. The
    // views in it are valid until the next call of any other member.
    [[nodiscard]] wire::Forward take_unsent(Instant now);

    // This node became the leader, and takes up everything itself.
    [[nodiscard]] std::vector<Held> take_all();

    // The leader answered. Nothing when the answer is late or repeated.
    [[nodiscard]] std::optional<Held> answered(std::uint64_t id);

    // The leader did not apply the command. It waits for another leader, or for a while.
    void refused(Instant now, std::uint64_t id);

    // The leader lost sight of the command. It waits as above; false when sending it again could apply it
    // twice.
    [[nodiscard]] bool lost(Instant now, std::uint64_t id);

    // There is a new leader, or none. Takes out the writes whose fate nobody here can learn any more.
    [[nodiscard]] std::vector<PendingWrite> leader_changed();

    struct Expired {
        PendingWrite write;
        bool may_be_applied = false;
    };
    // Takes out the writes whose deadline has passed, and sends again what waited long: the bus may lose a
    // frame.
    [[nodiscard]] std::vector<Expired> expire(Instant now);

    [[nodiscard]] bool empty() const { return entries_.empty(); }

  private:
    enum class Place : std::uint8_t { here, at_leader, waiting };
    struct Entry {
        Held held;
        Place place = Place::here;
        Instant since;                // at_leader or waiting
        bool may_be_applied = false;  // some leader got it and has not denied it
        bool repeatable = false;      // it has a session
    };
    void queue(std::uint64_t id, Entry& entry);

    std::map<std::uint64_t, Entry> entries_;
    std::deque<std::uint64_t> unsent_;  // the entries that are here; ids no longer held are passed over
    std::uint64_t next_id_ = 1;
};

}  // namespace kvbus::node
