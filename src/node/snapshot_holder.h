// Hands out the chunks of this node's snapshot to whoever asks. Owned by the loop thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/ports.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class SnapshotHolder {
  public:
    // `patience`: how long after a request its sender counts as one that still fetches.
    SnapshotHolder(Duration patience, const wire::SnapshotManifest* manifest);

    // This snapshot counts from now on, and no other.
    void counts(const wire::SnapshotManifest& manifest);

    // What to answer at once, if anything: otherwise the disk is asked, and chunk_read() brings the answers.
    [[nodiscard]] std::optional<wire::ChunkReply> asked(Instant now, NodeId from,
                                                        const wire::ChunkRequest& request, Disk& disk);
    // To whom the chunk is to be sent; reply_with() says what.
    [[nodiscard]] std::vector<NodeId> waiting_for(const wire::ChunkName& chunk);
    [[nodiscard]] wire::ChunkReply reply_with(const wire::SnapshotChunk& chunk) const;  // views into both

    [[nodiscard]] bool is_fetched(Instant now) const { return now < fetched_until_; }

  private:
    [[nodiscard]] bool holds(std::uint64_t snapshot) const { return snapshot != 0 && snapshot == id_; }

    struct Waiting {
        NodeId node;
        wire::ChunkName chunk;
    };
    Duration patience_;
    std::uint64_t id_ = 0;
    std::string manifest_;  // encoded
    std::vector<Waiting> waiting_;
    Instant fetched_until_{};
};

}  // namespace kvbus::node
