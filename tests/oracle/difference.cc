#include "oracle/difference.h"

#include <algorithm>

#include "oracle/describe.h"

namespace kvbus::oracle {
namespace {

KeyValue copied(const machine::Record& record) {
    return {std::string(record.key), std::string(record.value),
            record.create_revision,  record.mod_revision,
            record.version,          record.lease};
}

Change change_of(const machine::Event& event) {
    Change change;
    change.is_put = event.is_put;
    if (event.is_put) {
        change.record = copied(event.record);
    } else {
        change.record.key = event.record.key;
        change.record.mod_revision = event.record.mod_revision;
    }
    if (event.previous) change.previous = copied(*event.previous);
    return change;
}

std::string text(std::uint64_t number) {
    return std::to_string(number);
}
std::string text(Revision revision) {
    return std::to_string(revision.value);
}
std::string text(machine::ClusterTime time) {
    return std::to_string(time.count()) + "ns";
}
std::string text(const std::vector<LeaseId>& leases) {
    std::string all;
    for (const LeaseId lease : leases)
        all += " " + std::to_string(lease.value);
    return all;
}
template <class T>
std::string text(const std::optional<T>& value) {
    return value ? describe(*value) : "none";
}
template <class T>
auto text(const T& value) -> decltype(describe(value)) {
    return describe(value);
}

template <class T>
Difference differing_values(const std::string& what, const T& real, const T& reference) {
    if (real == reference) return std::nullopt;
    return what + "\n  machine:   " + text(real) + "\n  reference: " + text(reference);
}

}  // namespace

// Whether records of keys_only carry their values is left open; they are not compared.
RangeOutcome range_of(const machine::Machine& machine, const machine::RangeQuery& query) {
    const machine::RangeResult result = machine.range(query);
    if (result.code != Code::ok) return {result.code, {}};
    RangeOutcome outcome{Code::ok, {{}, result.count, result.more}};
    for (const machine::Record& record : result.records) {
        outcome.answer.kvs.push_back(copied(record));
        if (query.keys_only) outcome.answer.kvs.back().value.clear();
    }
    return outcome;
}

std::vector<Change> events_of(const machine::Machine& machine, Revision first, std::size_t count_max) {
    std::vector<Change> changes;
    machine.visit_events(first, [&](const machine::Event& event) {
        changes.push_back(change_of(event));
        return changes.size() < count_max;
    });
    return changes;
}

std::optional<LeaseReport> lease_of(const machine::Machine& machine, LeaseId lease) {
    const auto status = machine.lease(lease, true);
    if (!status) return std::nullopt;
    return LeaseReport{status->lease, status->granted, status->left,
                       std::vector<std::string>(status->keys.begin(), status->keys.end())};
}

Difference differing(const std::string& what, const machine::Outcome& real,
                     const machine::Outcome& reference) {
    return differing_values(what, real, reference);
}
Difference differing(const std::string& what, const RangeOutcome& real, const RangeOutcome& reference) {
    return differing_values(what, real, reference);
}
Difference differing(const std::string& what, const std::optional<LeaseReport>& real,
                     const std::optional<LeaseReport>& reference) {
    return differing_values(what, real, reference);
}
Difference differing(const std::string& what, const std::optional<KeyValue>& real,
                     const std::optional<KeyValue>& reference) {
    return differing_values(what, real, reference);
}
Difference differing(const std::string& what, machine::ClusterTime real, machine::ClusterTime reference) {
    return differing_values(what, real, reference);
}

Difference differing_events(const std::string& what, const std::vector<Change>& real,
                            const std::vector<Change>& reference) {
    for (std::size_t i = 0; i < std::max(real.size(), reference.size()); ++i) {
        const auto a = i < real.size() ? std::optional(real[i]) : std::nullopt;
        const auto b = i < reference.size() ? std::optional(reference[i]) : std::nullopt;
        if (const auto found = differing_values(what + ", number " + std::to_string(i), a, b)) return found;
    }
    return std::nullopt;
}

Difference first_of(std::initializer_list<Difference> differences) {
    for (const Difference& difference : differences) {
        if (difference) return difference;
    }
    return std::nullopt;
}

Difference differing_range(const machine::RangeQuery& query, const machine::Machine& real,
                           const ReferenceMachine& reference) {
    return differing(describe(query), range_of(real, query), reference.range(query));
}

// What is quick to tell.
Difference differing_figures(const machine::Machine& real, const ReferenceMachine& reference) {
    return first_of({
        differing_values("revision", real.revision(), reference.revision()),
        differing_values("compacted", real.compacted(), reference.compacted()),
        differing_values("time", real.time(), reference.time()),
        differing_values("next expiry", real.next_expiry(), reference.next_expiry()),
        differing_values("keys", real.key_count(), reference.key_count()),
        differing_values("bytes", real.bytes(), reference.bytes()),
        differing_values("sessions", real.session_count(), reference.session_count()),
        differing_values("number of leases", real.lease_count(), reference.lease_count()),
        differing_values("leases", real.leases(), reference.leases()),
    });
}

Difference difference_in_all(const machine::Machine& machine, const ReferenceMachine& reference) {
    if (auto difference = differing_figures(machine, reference)) return difference;
    for (const LeaseId lease : reference.leases()) {
        if (auto difference = differing("lease " + std::to_string(lease.value), lease_of(machine, lease),
                                        reference.lease(lease)))
            return difference;
    }
    return first_of({differing_range({.key = all_keys, .range_end = all_keys}, machine, reference),
                     differing_events("events", events_of(machine, Revision{1}, ~std::size_t{0}),
                                      reference.events(Revision{1}))});
}

}  // namespace kvbus::oracle
