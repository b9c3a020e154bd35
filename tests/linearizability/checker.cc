#include "linearizability/checker.h"

#include <map>
#include <string_view>
#include <vector>

#include "linearizability/explanation.h"

namespace kvbus::linearizability {
namespace {

using Operations = std::vector<const Operation*>;

// In the order of keys, so that a verdict does not depend on how a hash table is laid out.
std::map<std::string_view, Operations> by_key(std::span<const Operation> history) {
    std::map<std::string_view, Operations> keys;
    for (const auto& operation : history)
        keys[operation.key].push_back(&operation);
    return keys;
}

}  // namespace

Report check(std::span<const Operation> history, const Limits& limits) {
    const auto keys = by_key(history);
    Report report{.operations = history.size(), .keys = keys.size()};
    for (const auto& [key, operations] : keys) {
        const auto actions = make_register(operations);
        const auto result = search(actions, limits);
        report.work += result.work;
        const bool worse = result.verdict == Verdict::not_linearizable ||
                           (result.verdict == Verdict::too_hard && report.verdict == Verdict::linearizable);
        if (!worse) continue;
        report.verdict = result.verdict;
        report.key = key;
        if (result.verdict == Verdict::not_linearizable) {
            report.explanation = explain(operations, actions, limits);
            return report;
        }
        report.explanation = explain_effort(key, actions, result);
    }
    return report;
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::linearizable:
            return "linearizable";
        case Verdict::not_linearizable:
            return "not linearizable";
        case Verdict::too_hard:
            return "too hard to tell";
    }
    return "too hard to tell";
}

}  // namespace kvbus::linearizability
