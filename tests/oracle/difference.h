// One answer of the real machine and one of the reference, side by side: the first difference between them,
// in words that a person can read, or none. Pure functions, on any thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/machine.h"
#include "oracle/reference_machine.h"

namespace kvbus::oracle {

using Difference = std::optional<std::string>;

inline constexpr std::string_view all_keys{"\0", 1};  // as the key and the end of a range

// What the real machine tells, as values.
[[nodiscard]] RangeOutcome range_of(const machine::Machine& machine, const machine::RangeQuery& query);
[[nodiscard]] std::vector<Change> events_of(const machine::Machine& machine, Revision first,
                                            std::size_t count_max);
[[nodiscard]] std::optional<LeaseReport> lease_of(const machine::Machine& machine, LeaseId lease);

[[nodiscard]] Difference differing(const std::string& what, const machine::Outcome& real,
                                   const machine::Outcome& reference);
[[nodiscard]] Difference differing(const std::string& what, const RangeOutcome& real,
                                   const RangeOutcome& reference);
[[nodiscard]] Difference differing(const std::string& what, const std::optional<LeaseReport>& real,
                                   const std::optional<LeaseReport>& reference);
[[nodiscard]] Difference differing(const std::string& what, const std::optional<KeyValue>& real,
                                   const std::optional<KeyValue>& reference);
[[nodiscard]] Difference differing(const std::string& what, machine::ClusterTime real,
                                   machine::ClusterTime reference);
[[nodiscard]] Difference differing_events(const std::string& what, const std::vector<Change>& real,
                                          const std::vector<Change>& reference);
[[nodiscard]] Difference first_of(std::initializer_list<Difference> differences);

// Of two machines to which the same was done.
[[nodiscard]] Difference differing_range(const machine::RangeQuery& query, const machine::Machine& real,
                                         const ReferenceMachine& reference);
[[nodiscard]] Difference differing_figures(const machine::Machine& real, const ReferenceMachine& reference);
[[nodiscard]] Difference difference_in_all(const machine::Machine& real, const ReferenceMachine& reference);

}  // namespace kvbus::oracle
