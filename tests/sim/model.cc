#include "sim/model.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include "base/overloaded.h"
#include "scenario/violation.h"
#include "sim/key_range.h"
#include "wire/batch.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;

bool same(const machine::Record& a, const machine::Record& b) {
    return a.key == b.key && a.value == b.value && a.mod_revision == b.mod_revision &&
           a.create_revision == b.create_revision && a.version == b.version;
}

}  // namespace

void Model::apply(const raft::Entry& entry) {
    if (entry.type == raft::EntryType::commands) {
        wire::BatchReader batch(entry.data.view());
        while (const auto command = batch.next())
            apply(*command);
        if (!batch.ok()) throw Violation("an entry that is no batch was committed");
    }
    revisions_.push_back(revision_);
}

void Model::apply(const machine::Command& command) {
    Session* session = command.client ? &sessions_[command.client] : nullptr;
    if (session != nullptr) {
        session->first = std::max(session->first, command.first_unanswered);
        if (command.sequence < session->first) return;
        if (session->done.contains(command.sequence)) {
            ++retries_met_;
            return;
        }
    }
    const auto outcome =
        std::visit(Overloaded{[this](const machine::Put& put) { return write(put); },
                              [this](const machine::Delete& remove) { return write(remove); },
                              [](const auto&) -> machine::Outcome {
                                  throw Violation("a change was committed that no simulated client makes");
                              }},
                   command.operation);
    if (session != nullptr) session->done[command.sequence] = outcome;
    if (const auto* remove = std::get_if<machine::Delete>(&command.operation)) {
        removals_.push_back({std::string{remove->key}, std::string{remove->range_end}, command.client,
                             command.sequence, outcome});
    }
}

machine::Outcome Model::write(const machine::Put& put) {
    revision_.value += 1;
    Versions& versions = history_[std::string{put.key}];
    Version version{std::string{put.value}, revision_, 1};
    if (!versions.empty() && versions.rbegin()->second) {
        const Version& last = *versions.rbegin()->second;
        version.create_revision = last.create_revision;
        version.version = last.version + 1;
    }
    versions[revision_] = std::move(version);
    return {Code::ok, revision_, 0, {}};
}

machine::Outcome Model::write(const machine::Delete& remove) {
    std::uint64_t deleted = 0;
    const Revision next{revision_.value + 1};
    for (auto key = history_.lower_bound(remove.key); key != history_.end(); ++key) {
        if (!covers(remove.key, remove.range_end, key->first)) break;
        if (!key->second.rbegin()->second) continue;
        key->second[next] = std::nullopt;
        ++deleted;
    }
    if (deleted > 0) revision_ = next;
    return {Code::ok, revision_, deleted, {}};
}

const Model::Version* Model::find(std::string_view key, Revision mod_revision) const {
    const auto versions = history_.find(key);
    if (versions == history_.end()) return nullptr;
    const auto version = versions->second.find(mod_revision);
    return version == versions->second.end() || !version->second ? nullptr : &*version->second;
}

std::vector<machine::Record> Model::range_at(Revision revision, std::string_view key,
                                             std::string_view range_end) const {
    std::vector<machine::Record> records;
    for (auto found = history_.lower_bound(key); found != history_.end(); ++found) {
        const auto& [name, versions] = *found;
        if (!covers(key, range_end, name)) break;
        const auto later = versions.upper_bound(revision);
        if (later == versions.begin()) continue;
        const auto& [mod_revision, version] = *std::prev(later);
        if (!version) continue;
        records.push_back({name, version->value, version->create_revision, mod_revision, version->version});
    }
    return records;
}

std::optional<machine::Outcome> Model::outcome_of(ClientId client, Sequence sequence) const {
    const auto session = sessions_.find(client);
    if (session == sessions_.end()) return std::nullopt;
    const auto outcome = session->second.done.find(sequence);
    if (outcome == session->second.done.end()) return std::nullopt;
    return outcome->second;
}

Model::Puts Model::puts() const {
    Puts puts;
    for (const auto& [key, versions] : history_)
        for (const auto& [revision, version] : versions)
            if (version) ++puts[version->value];
    return puts;
}

void Model::compare(const machine::Machine& machine) const {
    const auto range = machine.range({.key = to_the_end, .range_end = to_the_end});
    const auto expected = range_at(revision_, to_the_end, to_the_end);
    const bool equal = machine.revision() == revision_ && range.count == expected.size() &&
                       machine.key_count() == expected.size() &&
                       std::ranges::equal(range.records, expected, same);
    if (!equal) {
        throw Violation("the state machine does not hold what the committed log says: " +
                        std::to_string(range.records.size()) + " keys at revision " +
                        std::to_string(machine.revision().value) + ", not " +
                        std::to_string(expected.size()) + " at " + std::to_string(revision_.value) +
                        ", or other contents");
    }
    compare_point_reads(machine);
}

// The machine looks up a single key elsewhere than a range.
void Model::compare_point_reads(const machine::Machine& machine) const {
    for (const auto& [key, versions] : history_) {
        const auto read = machine.range({.key = key, .range_end = {}});
        const auto expected = range_at(revision_, key, {});
        if (read.count == expected.size() && std::ranges::equal(read.records, expected, same)) continue;
        throw Violation("the state machine finds " + std::string{read.records.empty() ? "no " : "a wrong "} +
                        key + " at revision " + std::to_string(revision_.value) +
                        ", other than in its ranges");
    }
}

}  // namespace kvbus::sim
