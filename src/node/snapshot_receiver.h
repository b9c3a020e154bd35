// Fetches a snapshot that the leader offers from the node that holds it, chunk by chunk, and has the disk
// store it: until it is whole nothing else changes. Goes on when leaders change, since the holder is still
// there; begins anew with another offer only when the holder is silent for long, or has the snapshot no more.
// Owned by the loop thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "node/ports.h"
#include "raft/types.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class SnapshotReceiver {
  public:
    struct Patience {
        Duration chunk;   // then it is asked for again
        Duration holder;  // without any answer: then another offer is taken, if there is one
    };
    explicit SnapshotReceiver(const Patience& patience) : patience_(patience) {}

    void offered(Instant now, const raft::SnapshotMeta& offer, Disk& disk);
    void replied(Instant now, const wire::ChunkReply& reply, Disk& disk);

    // Whom to ask now, and for what.
    struct Requests {
        NodeId holder;
        std::vector<wire::ChunkName> chunks;
    };
    [[nodiscard]] Requests due(Instant now, const Disk& disk);

    // The disk has built its machine, or could not; another may be fetched.
    void loaded() { target_.reset(); }
    // The node has got as far by itself: what was fetched is of no use.
    void reached(Index commit, Disk& disk);

    [[nodiscard]] Instant deadline() const;

  private:
    struct Target {
        raft::SnapshotMeta meta;
        std::optional<wire::SnapshotManifest> manifest;  // once the holder said it
        std::map<std::uint32_t, Instant> asked{};  // chunks under way, by their place among all, and when
        std::uint32_t next = 0;                    // to be asked for; all before are under way or stored
        std::uint32_t stored = 0;
        Instant heard;  // of the holder
        bool is_loading = false;

        [[nodiscard]] std::uint32_t chunks() const;
        [[nodiscard]] wire::ChunkName name_of(std::uint32_t place) const;
        [[nodiscard]] std::optional<std::uint32_t> place_of(const wire::ChunkName& name) const;
    };
    void begin(Instant now, const raft::SnapshotMeta& offer);
    void give_up(Disk& disk);
    [[nodiscard]] bool learn(const wire::ChunkReply& reply, const Disk& disk);

    Patience patience_;
    std::optional<Target> target_;
    Instant disk_tried_again_ = never;  // when chunks wait for the disk, and no more are asked for
};

}  // namespace kvbus::node
