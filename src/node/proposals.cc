#include "node/proposals.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "wire/command_fields.h"
#include "wire/limits.h"

namespace kvbus::node {
namespace {

void move_to(std::vector<PendingWrite>& all, std::vector<PendingWrite>& some) {
    std::ranges::move(some, std::back_inserter(all));
    some.clear();
}

}  // namespace

void Proposals::add(const machine::Command& command, PendingWrite write, machine::ClusterTime time) {
    const bool full = builder_.commands() >= wire::limits::batch_commands_max ||
                      builder_.bytes() + wire::command_bytes_max(command) > wire::limits::batch_bytes_max;
    if (full) sometimes(Sometimes::batch_split_into_several_entries);
    if (full) seal(mutated(Mutant::full_batch_of_an_earlier_time) ? time_ : time);
    builder_.add(command);
    gathered_.push_back(std::move(write));
}

void Proposals::seal(machine::ClusterTime time) {
    time_ = std::max(time, time_);
    sealed_.push_back({{}, Blob::copy_of(builder_.finish(time_)), std::exchange(gathered_, {})});
    builder_.clear();
}

void Proposals::add_time(machine::ClusterTime time) {
    if (empty()) seal(time);
}

void Proposals::propose(Instant now, raft::Core& core, machine::ClusterTime time) {
    if (!builder_.empty()) seal(time);
    while (!sealed_.empty()) {
        auto& batch = sealed_.front();
        const auto id = core.propose(now, {&batch.bytes, 1});
        if (!id.ok()) return;
        KV_CHECK(proposed_.empty() || proposed_.back().id.index < id->index);
        batch.id = *id;
        batch.bytes = {};
        proposed_.push_back(std::move(batch));
        sealed_.pop_front();
    }
}

std::vector<PendingWrite> Proposals::take_applied(raft::EntryId id) {
    if (proposed_.empty() || proposed_.front().id != id) return {};
    auto writes = std::move(proposed_.front().writes);
    proposed_.pop_front();
    return writes;
}

Proposals::Abandoned Proposals::abandon() {
    Abandoned abandoned;
    for (auto& batch : proposed_)
        move_to(abandoned.proposed, batch.writes);
    for (auto& batch : sealed_)
        move_to(abandoned.unproposed, batch.writes);
    move_to(abandoned.unproposed, gathered_);
    proposed_.clear();
    sealed_.clear();
    builder_.clear();
    // Perhaps never committed: with it the next term would end leases that others kept alive.
    if (!mutated(Mutant::old_leaders_expiry_accepted)) time_ = {};
    std::erase_if(abandoned.proposed, &PendingWrite::answered);
    std::erase_if(abandoned.unproposed, &PendingWrite::answered);
    return abandoned;
}

std::vector<PendingWrite> Proposals::expire(Instant now) {
    std::vector<PendingWrite> expired;
    const auto sweep = [&](std::vector<PendingWrite>& writes) {
        for (auto& write : writes) {
            if (write.answered || write.deadline > now) continue;
            sometimes(Sometimes::write_expired_at_leader);
            expired.push_back(write);
            write.answered = true;
        }
    };
    for (auto& batch : proposed_)
        sweep(batch.writes);
    for (auto& batch : sealed_)
        sweep(batch.writes);
    sweep(gathered_);
    return expired;
}

}  // namespace kvbus::node
