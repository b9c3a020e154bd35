// Leases and the keys that end with them. Owned by the machine.
//
// Always true: both indexes hold the same leases; attached() is the number of keys of all of them; hash() is
// the sum of the hashes of (id, ttl, deadline).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include "machine/machine.h"

namespace kvbus::machine {

struct Lease {
    std::chrono::milliseconds ttl{};  // as granted
    ClusterTime deadline{};
    absl::btree_set<std::string, std::less<>> keys;
};

class Leases {
  public:
    void grant(LeaseId id, std::chrono::milliseconds ttl, ClusterTime now);  // the id must be free

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

    [[nodiscard]] std::vector<LeaseId> ids() const;  // in order
    [[nodiscard]] std::uint64_t count() const { return by_id_.size(); }
    [[nodiscard]] std::uint64_t attached() const { return attached_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

  private:
    Lease& at(LeaseId id);

    absl::btree_map<LeaseId, Lease> by_id_;
    absl::btree_set<std::pair<ClusterTime, LeaseId>> by_deadline_;
    std::uint64_t attached_ = 0;
    std::uint64_t hash_ = 0;
};

}  // namespace kvbus::machine
