// Writes that reached this node while another one leads, or none does: kept until the leader has answered
// them, sent to it over the peer bus, and sent again to the next leader. Owned by the loop thread.
//
// The bus may repeat a frame, and a leader may take up a command and die before it says so. So every command
// that leaves has a session, its client's or else this node's own, and is applied once however often it
// arrives; and no refusal proves that it was not applied.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/pending.h"
#include "wire/owned_command.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class Forwarding {
  public:
    // `session`: of this process, never used before. `session_window`: how many of its sequences may be
    // unanswered, machine::Limits::unanswered_max.
    Forwarding(ClientId session, std::uint64_t session_window);

    struct Held {
        wire::OwnedCommand command;
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

    // The leader did not take up the command, or lost sight of it. It waits for another leader, or for a
    // while.
    void refused(Instant now, std::uint64_t id, std::string_view reason);

    // There is a new leader, or none.
    void leader_changed();

    struct Expired {
        PendingWrite write;
        std::string reason;  // that was last given for refusing it; may be empty
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
        Instant since;              // at_leader or waiting
        Sequence own;               // in this node's session; none when it came with another
        std::string reason;         // of the last refusal
        std::uint32_t repeats = 0;  // to this leader
    };
    void queue_again(std::uint64_t id, Entry& entry);
    [[nodiscard]] machine::Command command_of(const Entry& entry) const;
    [[nodiscard]] bool is_beyond_window(const Entry& entry) const;
    void forget(const Entry& entry);

    std::map<std::uint64_t, Entry> entries_;
    std::deque<std::uint64_t> unsent_;  // the entries that are here; ids no longer held are passed over
    ClientId session_;
    std::uint64_t session_window_;
    Sequence last_own_;
    std::set<Sequence> own_;  // of the entries
    std::uint64_t next_id_;   // an answer to the process before must not match
};

}  // namespace kvbus::node
