// What a range query asks for beyond the range: filters, an order, a limit. Pure functions.
#pragma once

#include <cstdint>

#include "machine/machine.h"

namespace kvbus::machine {

// How many records of the range, in the order of their keys, must be there before arrange(): all of them, or
// one more than the limit.
[[nodiscard]] std::uint64_t records_needed(const RangeQuery& query);

// Filters and sorts the records and cuts them down to the limit, as etcd 3.4 does: a target other than the
// key, but no order, sorts upwards what was fetched for the limit. Equals stay in the order of their keys.
void arrange(const RangeQuery& query, RangeResult& result);

}  // namespace kvbus::machine
