// What a range query asks for beyond the range: filters, an order, a limit; and how large its answer may be.
// Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "machine/machine.h"

namespace kvbus::machine {

// Of the records in an answer, each of which counts its key, its value and an overhead.
struct AnswerBounds {
    std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t record_overhead = 0;
};

// Takes the records of a range in the order of their keys and keeps those of the answer: those that pass the
// filters, sorted, and cut down to the limit, as etcd 3.4 does: a target other than the key, but no order,
// sorts upwards what was fetched for the limit. Equals stay in the order of their keys. It never holds many
// more records than the answer may have, however large the range.
class Arrangement {
  public:
    Arrangement(const RangeQuery& query, const AnswerBounds& bounds);

    // False: the answer does not depend on any record that comes later.
    bool add(const Record& record);

    // Sets the records, `more`, and the code too_large if they exceed the bounds.
    void finish(RangeResult& result);

  private:
    [[nodiscard]] bool passes(const Record& record) const;
    [[nodiscard]] bool before(const Record& a, const Record& b) const;
    [[nodiscard]] std::uint64_t bytes_of(const Record& record) const;
    void keep_best();

    const RangeQuery& query_;
    const AnswerBounds& bounds_;
    bool has_filter_;
    bool takes_first_;     // the first that pass are the answer: there is nothing to choose from
    std::uint64_t limit_;  // the largest number for none
    std::vector<Record> records_;
    std::uint64_t bytes_ = 0;  // of the records that cannot be cut off any more
    bool too_large_ = false;
    bool cut_ = false;
};

}  // namespace kvbus::machine
