// Transactions, in three passes: the comparisons choose a branch of each transaction; then everything on the
// way is checked and nothing changed; then it is applied, and cannot fail.
//
// The check sees the state before the transaction only. That is enough, since flaw_of() let through no key
// that is written twice, or written and removed: whoever writes a key finds it as it was before. Ranges and
// deletes may see less than before (removed keys) and more (written ones); the check accounts for both.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/writes.h"

namespace kvbus::machine {

// Which branch a transaction takes, and each of the transactions in that branch, in their order.
struct Path {
    bool succeeded = false;
    std::vector<Path> nested;
};

// As etcd's compareToPath: all comparisons are of the state before the transaction.
[[nodiscard]] Path path_of(const Contents& contents, const Txn& txn);

// Why the transaction cannot be applied, or ok: the code of the first operation in order that cannot be, and
// too_large when all can but the records of their answers may exceed `answer_bytes_max`. These are counted
// exactly, but for a range with a limit or filters after a write in the same transaction: it counts the
// written records in the range even if the limit or a filter leaves them out; and too_large
// is also what would look at more than 16 times that much for one answer.
[[nodiscard]] Code check(const Contents& contents, const Limits& limits, const Txn& txn, const Path& path);

TxnAnswer apply(Write& write, const Txn& txn, const Path& path);

}  // namespace kvbus::machine
