#include "linearizability/oracle.h"

#include <algorithm>
#include <set>
#include <vector>

namespace kvbus::linearizability {
namespace {

using Left = std::vector<const Operation*>;

// Whether nothing that is left had returned when `next` was called.
bool may_be_next(const Operation& next, const Left& left) {
    return std::ranges::none_of(left, [&](const Operation* other) {
        return other->outcome == Outcome::ok && other->returned < next.call;
    });
}

bool try_all(const Left& left, const std::optional<std::string>& value) {
    if (std::ranges::none_of(left, [](const auto* each) { return each->outcome == Outcome::ok; }))
        return true;
    for (const auto* next : left) {
        if (!may_be_next(*next, left)) continue;
        if (next->op == Op::get && next->value != value) continue;
        auto rest = left;
        std::erase(rest, next);
        if (try_all(rest, next->value)) return true;
    }
    return false;
}

bool counts(const Operation& operation) {
    return operation.outcome == Outcome::ok || (operation.outcome == Outcome::unknown && is_write(operation));
}

}  // namespace

bool oracle_finds_order(std::span<const Operation> history) {
    Left left;
    for (const auto& operation : history) {
        if (counts(operation)) left.push_back(&operation);
    }
    return try_all(left, std::nullopt);
}

bool oracle_accepts(std::span<const Operation* const> order, std::span<const Operation> history) {
    std::set<const Operation*> left;
    for (const auto& operation : history) {
        if (counts(operation)) left.insert(&operation);
    }
    std::optional<std::string> value;
    for (const auto* next : order) {
        if (left.erase(next) == 0) return false;
        if (!may_be_next(*next, Left(left.begin(), left.end()))) return false;
        if (next->op == Op::get && next->value != value) return false;
        value = next->value;
    }
    return std::ranges::none_of(left, [](const auto* each) { return each->outcome == Outcome::ok; });
}

}  // namespace kvbus::linearizability
