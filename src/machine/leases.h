// Leases and the keys that end with them. Owned by the machine.
//
// Always true: both indexes hold the same leases; attached() is the number of keys of all of them; hash() is
// the sum of the hashes of (id, ttl, deadline).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include "machine/machine.h"
#include "machine/telling.h"

namespace kvbus::machine {

struct Lease {
    std::chrono::milliseconds ttl{};  // as granted
    ClusterTime deadline{};
    absl::btree_set<std::string, std::less<>> keys;
    Telling::Mark mark = 0;  // of images
};

class Leases {
  public:
    // For these the id must be free.
    void grant(LeaseId id, std::chrono::milliseconds ttl, ClusterTime now);
    void restore(LeaseId id, std::chrono::milliseconds ttl, ClusterTime deadline);

    // Valid until the next change; nullptr when there is none.
    [[nodiscard]] const Lease* find(LeaseId id) const;
    // For these the lease must be there.
    void keep_alive(LeaseId id, ClusterTime now);
    Lease end(LeaseId id);  // what it was; its keys are the caller's to remove
    void attach(LeaseId id, std::string_view key);
    void detach(LeaseId id, std::string_view key);

    // The first in the order of (deadline, id), and its deadline: none and ClusterTime::max() when there is
    // no lease.
    [[nodiscard]] std::pair<ClusterTime, LeaseId> next() const;

    // An image (machine/image.h) of leases without their keys.
    void begin_image(ImageSink& sink);
    void continue_image(std::size_t& parts);  // takes off what it told
    void end_image() { telling_.end(); }
    [[nodiscard]] bool in_image() const { return telling_.running(); }

    [[nodiscard]] std::vector<LeaseId> ids() const;  // in order
    [[nodiscard]] std::uint64_t count() const { return by_id_.size(); }
    [[nodiscard]] std::uint64_t attached() const { return attached_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

  private:
    Lease& at(LeaseId id);
    void tell_once(LeaseId id, Lease& lease);

    absl::btree_map<LeaseId, Lease> by_id_;
    absl::btree_set<std::pair<ClusterTime, LeaseId>> by_deadline_;
    std::uint64_t attached_ = 0;
    std::uint64_t hash_ = 0;

    Telling telling_;
    LeaseId told_through_;  // no lease up to this one is left to tell
};

}  // namespace kvbus::machine
