// flaw_of(): what is wrong with a transaction, whatever the state.
#include <algorithm>
#include <compare>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <absl/container/btree_set.h>

#include "machine/key_span.h"
#include "machine/machine.h"

namespace kvbus::machine {
namespace {

// The outermost transaction counts.
constexpr int nesting_max = 8;

std::optional<Error> excess_in(const Txn& txn, std::size_t operations_max, int level);

// Each level leaves fewer operations to those nested in it, as in etcd.
std::optional<Error> excess_in(const std::vector<Operation>& operations, std::size_t operations_max,
                               int level) {
    for (const Operation& operation : operations) {
        const auto* inner = std::get_if<Txn>(&operation.body);
        if (inner == nullptr) continue;
        if (auto error = excess_in(*inner, operations_max, level + 1)) return error;
    }
    return std::nullopt;
}

std::optional<Error> excess_in(const Txn& txn, std::size_t operations_max, int level) {
    if (level > nesting_max)
        return Error{Code::invalid_argument, "transactions are nested more than " +
                                                 std::to_string(nesting_max) + " deep; nest them less"};
    const std::size_t count = std::max({txn.compares.size(), txn.success.size(), txn.failure.size()});
    if (count > operations_max)
        return Error{Code::invalid_argument, "a transaction has " + std::to_string(count) +
                                                 " comparisons or operations in one list where " +
                                                 std::to_string(operations_max) + " are allowed; split it"};
    if (auto error = excess_in(txn.success, operations_max - count, level)) return error;
    return excess_in(txn.failure, operations_max - count, level);
}

// Where a span ends. A key alone ends behind itself, before anything else that could follow.
struct SpanEnd {
    bool is_open = false;
    std::string_view bytes;
    bool is_inclusive = false;

    static SpanEnd of(const KeySpan& span) {
        if (span.is_point()) return {false, span.key, true};
        if (span.is_open_ended()) return {true, {}, false};
        return {false, span.range_end, false};
    }
    [[nodiscard]] bool is_after(std::string_view key) const {
        return is_open || (is_inclusive ? key <= bytes : key < bytes);
    }
    friend auto operator<=>(const SpanEnd&, const SpanEnd&) = default;
};

// The keys that a branch writes, and those that it removes.
class Touched {
  public:
    // These answer the key that would be written twice, or written and removed, and then add nothing.
    [[nodiscard]] std::optional<std::string_view> write(std::string_view key) {
        if (is_removed(key) || !written_.insert(key).second) return key;
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> remove(std::string_view from, const SpanEnd& end) {
        if (!end.is_after(from)) return std::nullopt;  // an empty range
        if (const auto written = first_written(from, end)) return written;
        join(from, end);
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> add(const Touched& other) {
        for (const std::string_view key : other.written_) {
            if (is_removed(key) || written_.contains(key)) return key;
        }
        for (const auto& [from, end] : other.removed_) {
            if (const auto written = first_written(from, end)) return written;
        }
        add_alternative(other);
        return std::nullopt;
    }
    // Of two branches only one is taken: what they share is no flaw.
    void add_alternative(const Touched& other) {
        written_.insert(other.written_.begin(), other.written_.end());
        for (const auto& [from, end] : other.removed_)
            join(from, end);
    }

  private:
    [[nodiscard]] bool is_removed(std::string_view key) const {
        const auto behind = removed_.upper_bound(key);
        return behind != removed_.begin() && std::prev(behind)->second.is_after(key);
    }

    [[nodiscard]] std::optional<std::string_view> first_written(std::string_view from,
                                                                const SpanEnd& end) const {
        const auto written = written_.lower_bound(from);
        if (written == written_.end() || !end.is_after(*written)) return std::nullopt;
        return *written;
    }

    void join(std::string_view from, SpanEnd end) {
        auto next = removed_.upper_bound(from);
        if (next != removed_.begin() && std::prev(next)->second.is_after(from)) {
            --next;
            from = next->first;
        }
        while (next != removed_.end() && (end.is_after(next->first) || next->first == from)) {
            end = std::max(end, next->second);
            next = removed_.erase(next);
        }
        removed_.emplace(from, end);
    }

    absl::btree_set<std::string_view> written_;
    std::map<std::string_view, SpanEnd> removed_;  // by their first keys; none overlap
};

struct Scan {
    Touched touched;
    std::optional<std::string_view> duplicate{};
};

Scan scan(const std::vector<Operation>& operations);

Scan scan(const Txn& txn) {
    Scan success = scan(txn.success);
    if (success.duplicate) return success;
    Scan failure = scan(txn.failure);
    if (failure.duplicate) return failure;
    success.touched.add_alternative(failure.touched);
    return success;
}

std::optional<std::string_view> add(Touched& touched, const Delete& remove) {
    return touched.remove(remove.key, SpanEnd::of({remove.key, remove.range_end}));
}
std::optional<std::string_view> add(Touched&, const RangeQuery&) {
    return std::nullopt;
}
std::optional<std::string_view> add(Touched& touched, const Txn& txn) {
    const Scan inner = scan(txn);
    return inner.duplicate ? inner.duplicate : touched.add(inner.touched);
}
template <class Body>  // Put, Append, Increment
std::optional<std::string_view> add(Touched& touched, const Body& write) {
    return touched.write(write.key);
}

Scan scan(const std::vector<Operation>& operations) {
    Scan result;
    for (const Operation& operation : operations) {
        result.duplicate =
            std::visit([&](const auto& body) { return add(result.touched, body); }, operation.body);
        if (result.duplicate) break;
    }
    return result;
}

}  // namespace

std::optional<Error> flaw_of(const Txn& txn, std::size_t operations_max) {
    if (auto error = excess_in(txn, operations_max, 1)) return error;
    const Scan whole = scan(txn);
    if (!whole.duplicate) return std::nullopt;
    return Error{Code::duplicate_key, "key '" + std::string(*whole.duplicate) +
                                          "' is written twice, or written and removed, in one transaction"};
}

}  // namespace kvbus::machine
