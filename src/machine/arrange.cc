#include "machine/arrange.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

namespace kvbus::machine {
namespace {

bool has_filter(const RangeQuery& query) {
    return query.mod_revision_min || query.mod_revision_max || query.create_revision_min ||
           query.create_revision_max;
}

bool within(Revision revision, Revision min, Revision max) {
    return revision >= min && (!max || revision <= max);
}

template <class Member>
void sort_by(std::vector<Record>& records, bool descend, Member member) {
    if (descend) {
        std::ranges::stable_sort(records, std::ranges::greater{}, member);
    } else {
        std::ranges::stable_sort(records, std::ranges::less{}, member);
    }
}

// The records come in the order of their keys.
void sort(std::vector<Record>& records, SortTarget target, bool descend) {
    switch (target) {
        case SortTarget::key:
            if (descend) std::ranges::reverse(records);
            return;
        case SortTarget::version:
            return sort_by(records, descend, &Record::version);
        case SortTarget::create:
            return sort_by(records, descend, &Record::create_revision);
        case SortTarget::mod:
            return sort_by(records, descend, &Record::mod_revision);
        case SortTarget::value:
            return sort_by(records, descend, &Record::value);
    }
}

}  // namespace

std::uint64_t records_needed(const RangeQuery& query) {
    constexpr auto all = std::numeric_limits<std::uint64_t>::max();
    if (query.count_only) return 0;
    if (query.sort_order != SortOrder::none || has_filter(query)) return all;
    return query.limit == 0 || query.limit == all ? all : query.limit + 1;
}

void arrange(const RangeQuery& query, RangeResult& result) {
    auto& records = result.records;
    if (has_filter(query)) {
        std::erase_if(records, [&](const Record& record) {
            return !within(record.mod_revision, query.mod_revision_min, query.mod_revision_max) ||
                   !within(record.create_revision, query.create_revision_min, query.create_revision_max);
        });
    }
    sort(records, query.sort_target, query.sort_order == SortOrder::descend);
    if (query.limit > 0 && records.size() > query.limit) {
        records.resize(query.limit);
        result.more = true;
    }
    if (query.keys_only) {
        for (Record& record : records)
            record.value = {};
    }
}

}  // namespace kvbus::machine
