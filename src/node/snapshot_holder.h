// Hands out the chunks of this node's snapshot to whoever asks: nodes that are behind, and clients that make
// a backup. Owned by the loop thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "node/pending.h"
#include "node/ports.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class SnapshotHolder {
  public:
    // `patience`: how long after a request its sender counts as one that still fetches.
    SnapshotHolder(Duration patience, const wire::SnapshotManifest* manifest);

    // This snapshot counts from now on, and no other.
    void counts(const wire::SnapshotManifest& manifest);

    using Fetcher = std::variant<NodeId, Asker>;  // another node, or a client of this one

    enum class Asked : std::uint8_t {
        waits,   // for the disk; chunk_read() brings the answer
        gone,    // the snapshot; to be told at once
        no_room  // too many wait; whoever asked will ask again
    };
    [[nodiscard]] Asked asked(Instant now, const Fetcher& from, const wire::ChunkName& chunk, Disk& disk);
    // To whom the chunk is to be sent; reply_with() says what.
    [[nodiscard]] std::vector<Fetcher> waiting_for(const wire::ChunkName& chunk);
    [[nodiscard]] wire::ChunkReply reply_with(const wire::SnapshotChunk& chunk) const;  // views into both

    // The manifest has been given to a client, which will fetch the chunks.
    void promised(Instant now) { backed_up_until_ = now + client_patience; }
    [[nodiscard]] const std::string& manifest() const { return manifest_; }  // encoded

    [[nodiscard]] bool is_fetched(Instant now) const {
        return now < fetched_until_ || now < backed_up_until_;
    }

    // Longer than that of nodes, since the way to a client may be slow and a person may have to start it
    // again.
    static constexpr Duration client_patience = std::chrono::seconds{15};

  private:
    [[nodiscard]] bool holds(std::uint64_t snapshot) const { return snapshot != 0 && snapshot == id_; }

    void put_off(Instant now, const Fetcher& from, const wire::ChunkName& chunk);

    struct Waiting {
        Fetcher fetcher;
        wire::ChunkName chunk;
    };
    Duration patience_;
    std::uint64_t id_ = 0;
    wire::ChunkName last_;  // of its chunks
    std::string manifest_;
    std::vector<Waiting> waiting_;
    Instant fetched_until_{};    // by nodes
    Instant backed_up_until_{};  // by clients
};

}  // namespace kvbus::node
