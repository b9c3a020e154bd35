#include "node/promises.h"

#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::node {

bool Promises::add(raft::Write& write) {
    KV_CHECK(waiting_.empty() || waiting_.back().id < write.id);
    const bool on_disk = !write.only_promises();
    if (!on_disk && !waiting_.empty()) sometimes(Sometimes::promise_held_behind_earlier_write);
    waiting_.push_back({write.id, on_disk, std::exchange(write.then_send, {})});
    return on_disk;
}

std::optional<raft::WriteId> Promises::durable_already() const {
    if (waiting_.empty() || waiting_.front().on_disk) return std::nullopt;
    return waiting_.front().id;
}

Promises::Settled Promises::persisted(raft::WriteId through) {
    Settled settled{.through = through, .send = {}};
    while (!waiting_.empty() && (waiting_.front().id <= through || !waiting_.front().on_disk)) {
        auto& done = waiting_.front();
        if (mutated(Mutant::promises_sent_out_of_order)) std::swap(done.then_send, waiting_.back().then_send);
        settled.through = done.id;
        settled.send.insert(settled.send.end(), std::make_move_iterator(done.then_send.begin()),
                            std::make_move_iterator(done.then_send.end()));
        waiting_.pop_front();
    }
    return settled;
}

}  // namespace kvbus::node
