#include "machine/arrange.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace kvbus::machine {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t spare_records = 64;  // kept beyond twice the limit before the worst are dropped

bool has_filter(const RangeQuery& query) {
    return query.mod_revision_min || query.mod_revision_max || query.create_revision_min ||
           query.create_revision_max;
}

bool within(Revision revision, Revision min, Revision max) {
    return revision >= min && (!max || revision <= max);
}

// Less than zero: a comes first.
template <class T>
int order_of(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

int order_of(const Record& a, const Record& b, SortTarget target) {
    switch (target) {
        case SortTarget::key:
            return order_of(a.key, b.key);
        case SortTarget::version:
            return order_of(a.version, b.version);
        case SortTarget::create:
            return order_of(a.create_revision, b.create_revision);
        case SortTarget::mod:
            return order_of(a.mod_revision, b.mod_revision);
        case SortTarget::value:
            return order_of(a.value, b.value);
    }
    return 0;
}

}  // namespace

Arrangement::Arrangement(const RangeQuery& query, const AnswerBounds& bounds)
    : query_(query),
      bounds_(bounds),
      has_filter_(has_filter(query)),
      takes_first_((query.sort_order == SortOrder::none && !has_filter_) ||
                   (query.sort_target == SortTarget::key && query.sort_order != SortOrder::descend)),
      limit_(query.limit == 0 ? no_limit : query.limit) {}

bool Arrangement::passes(const Record& record) const {
    return within(record.mod_revision, query_.mod_revision_min, query_.mod_revision_max) &&
           within(record.create_revision, query_.create_revision_min, query_.create_revision_max);
}

std::uint64_t Arrangement::bytes_of(const Record& record) const {
    return record.key.size() + (query_.keys_only ? 0 : record.value.size()) + bounds_.record_overhead;
}

bool Arrangement::before(const Record& a, const Record& b) const {
    const int order = order_of(a, b, query_.sort_target);
    if (order != 0) return query_.sort_order == SortOrder::descend ? order > 0 : order < 0;
    return a.key < b.key;
}

bool Arrangement::add(const Record& record) {
    if (query_.count_only) return false;
    if (has_filter_ && !passes(record)) return true;
    records_.push_back(record);
    // Of what a limit may cut off again, only the overhead counts before the end.
    if (limit_ == no_limit) {
        bytes_ += bytes_of(record);
    } else if (records_.size() <= limit_ && !cut_) {
        bytes_ += bounds_.record_overhead;
    }
    too_large_ = bytes_ > bounds_.bytes_max;
    if (too_large_) return false;
    if (takes_first_) return records_.size() <= limit_;
    if (records_.size() / 2 >= limit_ && records_.size() - limit_ >= limit_ + spare_records) keep_best();
    return true;
}

void Arrangement::keep_best() {
    const auto end = records_.begin() + static_cast<std::ptrdiff_t>(limit_);
    std::ranges::nth_element(records_, end, [this](const auto& a, const auto& b) { return before(a, b); });
    records_.erase(end, records_.end());
    cut_ = true;
}

void Arrangement::finish(RangeResult& result) {
    const bool sorted = query_.sort_target == SortTarget::key && query_.sort_order != SortOrder::descend;
    if (!sorted && !too_large_)
        std::ranges::sort(records_, [this](const auto& a, const auto& b) { return before(a, b); });
    if (records_.size() > limit_) {
        records_.resize(limit_);
        cut_ = true;
    }
    std::uint64_t bytes = 0;
    for (Record& record : records_) {
        bytes += bytes_of(record);
        if (query_.keys_only) record.value = {};
    }
    if (too_large_ || bytes > bounds_.bytes_max) {
        result.code = Code::too_large;
        return;
    }
    result.more = cut_;
    result.records = std::move(records_);
}

}  // namespace kvbus::machine
