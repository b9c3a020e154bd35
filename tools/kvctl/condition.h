// Writes under a condition: a put that happens only when a comparison holds, and else tells what is there.
// Pure.
#pragma once

#include <string>

#include <kvbus/operations.h>

namespace kvbus::kvctl {

[[nodiscard]] Txn put_if(Compare compare, TxnPut put);

// Of a put_if that was not made: "k" holds "v", of revision 7
[[nodiscard]] std::string what_is_there(const std::string& key, const TxnResult& result);

}  // namespace kvbus::kvctl
