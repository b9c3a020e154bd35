// The line of candidates for a name, as etcd's recipes for locks and elections have it: the keys that begin
// with NAME/, in the order of their creation. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"

namespace kvbus::machine {

// The key with which the owner of a lease stands in the line: NAME/LEASE, the lease in hexadecimal.
[[nodiscard]] std::string place_in_line(std::string_view name, LeaseId lease);

struct LineRange {
    std::string key;
    std::string range_end;
};
[[nodiscard]] LineRange range_of_line(std::string_view name);

}  // namespace kvbus::machine
