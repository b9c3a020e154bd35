#include "machine/leases.h"

#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/mutant.h"
#include "machine/deadlines.h"
#include "machine/image.h"

namespace kvbus::machine {
namespace {

std::uint64_t hash_of(LeaseId id, const Lease& lease) {
    std::array<char, 24> bytes;  // little endian on every machine: nodes compare their hashes
    char* to = bytes.data();
    for (const std::uint64_t number :
         {id.value, std::uint64_t(lease.ttl.count()), std::uint64_t(lease.deadline.count())}) {
        for (int shift = 0; shift < 64; shift += 8)
            *to++ = static_cast<char>(number >> shift);
    }
    return hash_bytes({bytes.data(), bytes.size()});
}

}  // namespace

Lease& Leases::at(LeaseId id) {
    const auto found = by_id_.find(id);
    KV_CHECK(found != by_id_.end(), "checked before anything was changed");
    return found->second;
}

void Leases::grant(LeaseId id, std::chrono::milliseconds ttl, ClusterTime now) {
    restore(id, ttl, deadline_after(now, ttl));
}

void Leases::restore(LeaseId id, std::chrono::milliseconds ttl, ClusterTime deadline) {
    KV_CHECK(id && !by_id_.contains(id), "checked before anything was changed");
    const auto added = by_id_.emplace(id, Lease{ttl, deadline, {}, telling_.mark()}).first;
    by_deadline_.emplace(added->second.deadline, id);
    hash_ += hash_of(id, added->second);
}

const Lease* Leases::find(LeaseId id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void Leases::keep_alive(LeaseId id, ClusterTime now) {
    Lease& lease = at(id);
    if (!mutated(Mutant::image_tells_what_came_later)) tell_once(id, lease);
    hash_ -= hash_of(id, lease);
    by_deadline_.erase({lease.deadline, id});
    if (!mutated(Mutant::keep_alive_without_effect)) lease.deadline = deadline_after(now, lease.ttl);
    by_deadline_.emplace(lease.deadline, id);
    hash_ += hash_of(id, lease);
}

Lease Leases::end(LeaseId id) {
    Lease lease = std::move(at(id));
    tell_once(id, lease);
    hash_ -= hash_of(id, lease);
    by_deadline_.erase({lease.deadline, id});
    by_id_.erase(id);
    attached_ -= lease.keys.size();
    return lease;
}

void Leases::attach(LeaseId id, std::string_view key) {
    if (at(id).keys.emplace(key).second) ++attached_;
}

void Leases::detach(LeaseId id, std::string_view key) {
    KV_CHECK(at(id).keys.erase(key) == 1, "a key with a lease is among that lease's keys");
    --attached_;
}

std::pair<ClusterTime, LeaseId> Leases::next() const {
    return by_deadline_.empty() ? std::pair{ClusterTime::max(), LeaseId{}} : *by_deadline_.begin();
}

std::vector<LeaseId> Leases::ids() const {
    std::vector<LeaseId> ids;
    ids.reserve(by_id_.size());
    for (const auto& [id, lease] : by_id_)
        ids.push_back(id);
    return ids;
}

// --- images ---

void Leases::begin_image(ImageSink& sink) {
    telling_.begin(sink);
    told_through_ = {};
}

void Leases::continue_image(std::size_t& parts) {
    if (!telling_.running()) return;
    auto next = by_id_.upper_bound(told_through_);
    for (; parts > 0 && next != by_id_.end(); ++next, --parts) {
        tell_once(next->first, next->second);
        told_through_ = next->first;
    }
    if (next == by_id_.end()) telling_.end();
}

void Leases::tell_once(LeaseId id, Lease& lease) {
    if (!telling_.waits_for(lease.mark)) return;
    telling_.sink().lease(id, lease.ttl, lease.deadline);
    lease.mark = telling_.mark();
}

}  // namespace kvbus::machine
