#include "oracle/reference_range.h"

#include <algorithm>
#include <utility>

namespace kvbus::oracle {
namespace {

bool passes_filters(const machine::RangeQuery& query, const KeyValue& record) {
    if (query.mod_revision_min && record.mod_revision < query.mod_revision_min) return false;
    if (query.mod_revision_max && record.mod_revision > query.mod_revision_max) return false;
    if (query.create_revision_min && record.create_revision < query.create_revision_min) return false;
    if (query.create_revision_max && record.create_revision > query.create_revision_max) return false;
    return true;
}

bool sorts_before(machine::SortTarget target, const KeyValue& a, const KeyValue& b) {
    switch (target) {
        case machine::SortTarget::key:
            return a.key < b.key;
        case machine::SortTarget::version:
            return a.version < b.version;
        case machine::SortTarget::create:
            return a.create_revision < b.create_revision;
        case machine::SortTarget::mod:
            return a.mod_revision < b.mod_revision;
        case machine::SortTarget::value:
            return a.value < b.value;
    }
    return false;
}

// Records that are equal in what is sorted by stay in the order of their keys, ascending in both directions:
// etcd promises no order there. A target without an order sorts ascending, as in etcd.
void sort(const machine::RangeQuery& query, std::vector<KeyValue>& records) {
    const bool descending = query.sort_order == machine::SortOrder::descend;
    std::ranges::stable_sort(records, [&](const KeyValue& a, const KeyValue& b) {
        return descending ? sorts_before(query.sort_target, b, a) : sorts_before(query.sort_target, a, b);
    });
}

}  // namespace

machine::RangeAnswer arranged(const machine::RangeQuery& query, std::vector<KeyValue> found) {
    machine::RangeAnswer answer;
    answer.count = found.size();  // before filters and limit, as in etcd
    if (query.count_only) return answer;
    std::erase_if(found, [&](const KeyValue& record) { return !passes_filters(query, record); });
    // As in etcd: who names a target and neither an order nor a filter gets the first of the range, sorted.
    const bool filters = query.mod_revision_min || query.mod_revision_max || query.create_revision_min ||
                         query.create_revision_max;
    const bool sorts_all = query.sort_order != machine::SortOrder::none || filters;
    if (!sorts_all && query.limit > 0 && found.size() > query.limit) found.resize(query.limit + 1);
    sort(query, found);
    if (query.limit > 0 && found.size() > query.limit) {
        found.resize(query.limit);
        answer.more = true;
    }
    if (query.keys_only) {
        for (KeyValue& record : found)
            record.value.clear();
    }
    answer.kvs = std::move(found);
    return answer;
}

}  // namespace kvbus::oracle
