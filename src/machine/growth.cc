#include <algorithm>

#include "base/overloaded.h"
#include "machine/machine.h"

namespace kvbus::machine {
namespace {

bool may_grow(const Txn& txn);

bool may_grow(const Operation& operation) {
    return std::visit(
        Overloaded{[](const Delete&) { return false; }, [](const RangeQuery&) { return false; },
                   [](const Txn& txn) { return may_grow(txn); }, [](const auto&) { return true; }},
        operation.body);
}

// Which branch is taken only its application tells.
bool may_grow(const Txn& txn) {
    const auto any = [](const std::vector<Operation>& branch) {
        return std::ranges::any_of(branch, [](const Operation& operation) { return may_grow(operation); });
    };
    return any(txn.success) || any(txn.failure);
}

}  // namespace

bool may_grow(const Change& change) {
    return std::visit(
        Overloaded{[](const Delete&) { return false; }, [](const Compact&) { return false; },
                   [](const LeaseRevoke&) { return false; }, [](const LeaseKeepAlive&) { return false; },
                   [](const Txn& txn) { return may_grow(txn); }, [](const auto&) { return true; }},
        change);
}

}  // namespace kvbus::machine
