// Everything that a turn has to say to those who asked: clients of this node, and nodes that forwarded a
// write. Owned by the loop thread; sent at the end of the turn.
#pragma once

#include <string_view>
#include <vector>

#include <kvbus/types.h>

#include "machine/machine.h"
#include "node/pending.h"
#include "node/reply_batch.h"
#include "wire/client_frames.h"
#include "wire/peer_frames.h"

namespace kvbus::node {

class Answers {
  public:
    // What the replies say about this node from now on.
    void set_header(const Header& header) { header_ = header; }

    void outcome(const Asker& asker, const machine::Outcome& outcome);
    // `first_revision` belongs to compacted.
    void error(const Asker& asker, Code code, std::string_view message, Revision first_revision = {});
    void query(const Asker& asker, const machine::Machine& machine, const wire::RangeRequest& request);
    void query(const Asker& asker, const machine::Machine& machine, const wire::LeaseStatusRequest& request);
    void query(const Asker& asker, const machine::Machine& machine, const wire::LeasesRequest& request);
    void watch(const Asker& asker, const wire::WatchReplyBuilder& reply, Revision next,
               std::uint64_t next_offset = 0);
    void snapshot(const Asker& asker, Index at_least, std::string_view manifest);
    void snapshot_chunk(const Asker& asker, const wire::ChunkReply& chunk);
    void status(const Asker& asker, const wire::NodeStatus& status);
    void members(const Asker& asker, const std::vector<Member>& members);

    std::size_t flush(Replies& replies) { return replies_.flush(replies); }  // the number of frames sent
    struct ForwardedReply {
        NodeId to;
        wire::ForwardReply body;
        std::size_t bytes = 0;  // of the answers in it
    };
    [[nodiscard]] std::vector<ForwardedReply> take_forwarded();  // each fits a frame

  private:
    void add_forwarded(NodeId to, wire::ForwardedOutcome outcome);
    [[nodiscard]] wire::ReplyHead head(const Asker& asker) const { return {asker.id, asker.type, header_}; }

    Header header_;
    ReplyBatch replies_;
    std::vector<ForwardedReply> forwarded_;
};

}  // namespace kvbus::node
