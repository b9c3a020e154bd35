// The deadlines of keys that were put with a time to live of their own. Owned by the machine.
//
// Always true: both indexes hold the same keys; hash() is the sum of the hashes of (key, deadline).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <absl/container/btree_set.h>

#include "base/hash.h"
#include "machine/machine.h"
#include "machine/telling.h"

namespace kvbus::machine {

// The end of something that lives for `ttl` from now on; never later than ClusterTime can tell.
[[nodiscard]] ClusterTime deadline_after(ClusterTime now, std::chrono::milliseconds ttl);

class Deadlines {
  public:
    void set(std::string_view key, ClusterTime deadline);  // replaces an earlier one
    void clear(std::string_view key);                      // whether it has one or not

    [[nodiscard]] bool contains(std::string_view key) const { return by_key_.contains(key); }
    [[nodiscard]] bool empty() const { return by_key_.empty(); }
    [[nodiscard]] ClusterTime next() const;  // the earliest; ClusterTime::max() when there is none
    // The keys whose deadline is not after `time`, in the order of (deadline, key), `keys_max` at most.
    [[nodiscard]] std::vector<std::string> due(ClusterTime time, std::uint64_t keys_max) const;
    // In the same order, until `visit` returns false.
    void visit(const std::function<bool(std::string_view key)>& visit) const;
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

    // An image (machine/image.h) of them all.
    void begin_image(ImageSink& sink);
    void continue_image(std::size_t& parts);  // takes off what it told
    void end_image() { telling_.end(); }
    [[nodiscard]] bool in_image() const { return telling_.running(); }

  private:
    struct Deadline {
        ClusterTime time;
        Telling::Mark mark;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return hash_bytes(key); }
    };

    using ByKey = std::unordered_map<std::string, Deadline, Hash, std::equal_to<>>;
    void tell_once(ByKey::value_type& deadline);

    // Never iterated: its order is no part of the state. Its keys stay where they are, by_deadline_ views
    // them.
    ByKey by_key_;
    absl::btree_set<std::pair<ClusterTime, std::string_view>> by_deadline_;
    std::uint64_t hash_ = 0;

    Telling telling_;
    std::pair<ClusterTime, std::string> told_through_;  // in the order of by_deadline_
};

}  // namespace kvbus::machine
