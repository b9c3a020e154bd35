// What a query makes of the records in its range: filters, order, limit, as etcd 3.4 does it
// (etcdserver/apply.go, applierV3backend.Range). Pure.
#pragma once

#include <vector>

#include <kvbus/types.h>

#include "machine/command.h"

namespace kvbus::oracle {

// `found`: all records in the range, in the order of their keys.
[[nodiscard]] machine::RangeAnswer arranged(const machine::RangeQuery& query, std::vector<KeyValue> found);

}  // namespace kvbus::oracle
