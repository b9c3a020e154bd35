#include "machine/expiry.h"

#include <algorithm>

namespace kvbus::machine {

void expire(Contents& contents, std::uint64_t keys_max) {
    std::uint64_t left = keys_max;
    bool is_first = true;
    for (auto next = contents.leases.next(); next.second && next.first <= contents.time;
         next = contents.leases.next()) {
        const std::uint64_t keys = contents.leases.find(next.second)->keys.size();
        if (keys > left && !is_first) return;
        Write write(contents);
        write.end_lease(next.second);
        write.finish();
        left -= std::min(left, keys);
        is_first = false;
    }
    if (left == 0 || contents.deadlines.next() > contents.time) return;
    Write write(contents);
    for (const std::string& key : contents.deadlines.due(contents.time, left))
        write.remove_with_deadline(key);
    write.finish();
}

ClusterTime next_expiry(const Contents& contents) {
    return std::min(contents.leases.next().first, contents.deadlines.next());
}

}  // namespace kvbus::machine
