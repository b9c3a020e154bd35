#include "machine/transaction.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "machine/key_span.h"

namespace kvbus::machine {
namespace {

template <class T>
bool holds(Relation relation, const T& found, const T& wanted) {
    switch (relation) {
        case Relation::equal:
            return found == wanted;
        case Relation::greater:
            return found > wanted;
        case Relation::less:
            return found < wanted;
        case Relation::not_equal:
            return found != wanted;
    }
    return false;
}

bool holds(const Compare& compare, const Record& record) {
    switch (compare.target) {
        case CompareTarget::version:
            return holds(compare.relation, record.version, compare.number);
        case CompareTarget::create:
            return holds(compare.relation, record.create_revision.value, compare.number);
        case CompareTarget::mod:
            return holds(compare.relation, record.mod_revision.value, compare.number);
        case CompareTarget::value:
            return holds(compare.relation, record.value, compare.value);
        case CompareTarget::lease:
            return holds(compare.relation, record.lease.value, compare.number);
    }
    return false;
}

bool holds_for_none(const Compare& compare) {
    return compare.target != CompareTarget::value && holds(compare, Record{});
}

bool holds(const Contents& contents, const Compare& compare) {
    if (compare.range_end.empty()) {
        const auto record = contents.keys.find(compare.key);
        return record ? holds(compare, *record) : holds_for_none(compare);
    }
    const RangeQuery query{.key = compare.key, .range_end = compare.range_end};
    const RangeResult result = contents.keys.range(query, contents.revision);
    if (result.records.empty()) return holds_for_none(compare);
    return std::ranges::all_of(result.records, [&](const Record& record) { return holds(compare, record); });
}

const std::vector<Operation>& branch_of(const Txn& txn, const Path& path) {
    return path.succeeded ? txn.success : txn.failure;
}

// The check of all operations on the path, in order, with what is known of those before.
class Check {
  public:
    Check(const Contents& contents, const Limits& limits) : contents_(contents), limits_(limits) {}

    Code check(const Txn& txn, const Path& path) {
        auto nested = path.nested.begin();
        for (const Operation& operation : branch_of(txn, path)) {
            const auto* inner = std::get_if<Txn>(&operation.body);
            const Code code = inner != nullptr ? check(*inner, *nested++) : check(operation);
            if (code != Code::ok) return code;
        }
        return Code::ok;
    }

    [[nodiscard]] std::uint64_t answer_bytes() const { return answer_bytes_; }

  private:
    struct Written {
        std::string_view key;
        std::uint64_t value_bytes = 0;
    };
    struct Removed {
        KeySpan span;
        std::optional<std::uint64_t> keys{};  // how many, once somebody has asked
    };

    Code check(const Operation& operation) {
        return std::visit(
            [this]<class Body>(const Body& body) -> Code {
                if constexpr (!std::is_same_v<Body, Txn>) return check(body);
                KV_CHECK(false, "a Txn has a path, and is checked along it");
            },
            operation.body);
    }

    void count_record(std::uint64_t bytes) { answer_bytes_ += bytes + limits_.answer_record_overhead; }

    template <class Body>  // Put, Append, Increment
    Code check(const Body& write) {
        const Code code = machine::check(contents_, limits_, write);
        if (code != Code::ok) return code;
        if constexpr (std::is_same_v<Body, Put>) answer_bytes_ += previous_bytes(contents_, limits_, write);
        written_.push_back({write.key, value_bytes_after(contents_, write)});
        return Code::ok;
    }

    Code check(const Delete& remove) {
        if (remove.prev_kv) {
            const RangeQuery query{.key = remove.key, .range_end = remove.range_end};
            for (const Record& record : contents_.keys.range(query, contents_.revision).records) {
                if (!is_removed(record.key)) count_record(bytes_of(record));
            }
        }
        removed_.push_back({KeySpan{remove.key, remove.range_end}});
        return Code::ok;
    }

    Code check(const RangeQuery& query) {
        const bool sees_changes = !query.revision && (!written_.empty() || !removed_.empty());
        RangeQuery before = query;
        if (sees_changes && query.limit > 0) before.limit = limit_before_changes(query.limit);
        const RangeResult result = contents_.keys.range(before, contents_.revision);
        if (result.code != Code::ok || query.count_only) return result.code;

        std::uint64_t left = query.limit > 0 ? query.limit : result.records.size();
        for (const Record& record : result.records) {
            if (left == 0) break;
            if (sees_changes && (is_removed(record.key) || is_written(record.key))) continue;
            count_record(record.key.size() + (query.keys_only ? 0 : record.value.size()));
            --left;
        }
        if (!sees_changes) return Code::ok;
        const KeySpan span{query.key, query.range_end};
        for (const Written& written : written_) {
            if (!span.contains(written.key)) continue;
            count_record(written.key.size() + (query.keys_only ? 0 : written.value_bytes));
        }
        return Code::ok;
    }

    // Enough records of before to hold all that the range can answer, whatever was removed or overwritten.
    std::uint64_t limit_before_changes(std::uint64_t limit) {
        std::uint64_t gone = written_.size();
        for (Removed& removed : removed_) {
            if (!removed.keys) {
                const RangeQuery query{
                    .key = removed.span.key, .range_end = removed.span.range_end, .count_only = true};
                removed.keys = contents_.keys.range(query, contents_.revision).count;
            }
            gone += *removed.keys;
        }
        return limit + gone < limit ? 0 : limit + gone;
    }

    [[nodiscard]] bool is_removed(std::string_view key) const {
        return std::ranges::any_of(removed_,
                                   [&](const Removed& removed) { return removed.span.contains(key); });
    }
    [[nodiscard]] bool is_written(std::string_view key) const {
        return std::ranges::any_of(written_, [&](const Written& written) { return written.key == key; });
    }

    const Contents& contents_;
    const Limits& limits_;
    std::uint64_t answer_bytes_ = 0;
    std::vector<Written> written_;
    std::vector<Removed> removed_;
};

}  // namespace

Path path_of(const Contents& contents, const Txn& txn) {
    Path path;
    path.succeeded =
        std::ranges::all_of(txn.compares, [&](const Compare& compare) { return holds(contents, compare); });
    for (const Operation& operation : branch_of(txn, path)) {
        if (const auto* inner = std::get_if<Txn>(&operation.body))
            path.nested.push_back(path_of(contents, *inner));
    }
    return path;
}

Code check(const Contents& contents, const Limits& limits, const Txn& txn, const Path& path) {
    Check pass(contents, limits);
    const Code code = pass.check(txn, path);
    if (code != Code::ok) return code;
    return pass.answer_bytes() > limits.answer_bytes_max ? Code::too_large : Code::ok;
}

TxnAnswer apply(Write& write, const Txn& txn, const Path& path) {
    TxnAnswer answer{path.succeeded, {}};
    answer.answers.reserve(branch_of(txn, path).size());
    auto nested = path.nested.begin();
    for (const Operation& operation : branch_of(txn, path)) {
        answer.answers.push_back(std::visit(
            [&]<class Body>(const Body& body) {
                if constexpr (std::is_same_v<Body, Txn>) {
                    return Answer{apply(write, body, *nested++)};
                } else {
                    return Answer{write.apply(body)};
                }
            },
            operation.body));
    }
    return answer;
}

}  // namespace kvbus::machine
