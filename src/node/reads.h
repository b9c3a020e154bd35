// Linearizable reads: gathered during a turn, granted together by one ReadIndex, answered once the map has
// caught up with the index that was granted. Owned by the loop thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/pending.h"
#include "raft/core.h"
#include "wire/client_frames.h"

namespace kvbus::node {

class Reads {
  public:
    using Query = std::variant<wire::RangeRequest, wire::LeaseStatusRequest, wire::LeasesRequest,
                               wire::WatchRequest, wire::SnapshotRequest>;
    struct Pending {
        Asker asker;
        Instant deadline;
        Query query;  // its views point into the group's bytes once the group is closed
        std::uint32_t key_bytes = 0, range_end_bytes = 0;
    };

    // Reads that share one ReadIndex.
    struct Group {
        std::string bytes;  // keys and range ends, one after the other
        std::vector<Pending> reads;
        raft::ReadId id;             // none: not asked, or to be asked again
        std::optional<Index> index;  // once granted
        Instant asked;
        bool probe = false;  // asked by the node itself, to learn whether it is caught up
    };

    void add(Asker asker, Instant deadline, const Query& query);
    void add_probe();

    // Asks the core for a ReadIndex for what has gathered, and for groups that lost theirs.
    void ask(Instant now, raft::Core& core);

    void granted(const raft::ReadGrant& grant);

    // The groups that may be answered from a map at `applied`; the views in their requests are valid while
    // they live.
    [[nodiscard]] std::vector<Group> take_ready(Index applied);

    // There is a new leader, or none: what was asked and not granted has to be asked again.
    void leader_changed();

    // Takes out the reads whose deadline has passed, and sees to it that grants that are long in coming are
    // asked again.
    [[nodiscard]] std::vector<Asker> expire(Instant now);

    [[nodiscard]] bool empty() const {
        return groups_.empty() && gathering_.reads.empty() && !gathering_.probe;
    }

  private:
    Group gathering_;
    std::deque<Group> groups_;
};

}  // namespace kvbus::node
