#include "sim/model.h"

#include <algorithm>
#include <variant>

#include "scenario/violation.h"
#include "wire/batch.h"

namespace kvbus::sim {

using scenario::Violation;

void Model::apply(const raft::Entry& entry) {
    if (entry.type == raft::EntryType::commands) {
        wire::BatchReader batch(entry.data.view());
        while (const auto command = batch.next()) {
            if (!is_new(*command)) continue;
            if (const auto* put = std::get_if<machine::Put>(&command->operation)) this->put(*put);
            if (const auto* remove = std::get_if<machine::Delete>(&command->operation)) this->remove(*remove);
        }
        if (!batch.ok()) throw Violation("an entry that is no batch was committed");
    }
    revisions_.push_back(revision_);
}

bool Model::is_new(const machine::Command& command) {
    if (!command.client) return true;
    Session& session = sessions_[command.client];
    session.first = std::max(session.first, command.first_unanswered);
    if (command.sequence < session.first) return false;
    if (session.done.insert(command.sequence).second) return true;
    ++retries_met_;
    return false;
}

void Model::put(const machine::Put& put) {
    revision_.value += 1;
    Live& live = live_[std::string{put.key}];
    if (live.content.version == 0) live.content.create_revision = revision_;
    live.mod_revision = revision_;
    live.content.value = put.value;
    ++live.content.version;
    history_[std::string{put.key}][revision_] = live.content;
}

void Model::remove(const machine::Delete& remove) {
    const auto first = live_.lower_bound(remove.key);
    auto last = first;
    if (remove.range_end.empty()) {
        if (last != live_.end() && last->first == remove.key) ++last;
    } else {
        last =
            remove.range_end == std::string_view{"\0", 1} ? live_.end() : live_.lower_bound(remove.range_end);
        if (remove.range_end != std::string_view{"\0", 1} && remove.range_end <= remove.key) last = first;
    }
    if (first == last) return;
    revision_.value += 1;
    live_.erase(first, last);
}

const Model::Version* Model::find(std::string_view key, Revision mod_revision) const {
    const auto versions = history_.find(key);
    if (versions == history_.end()) return nullptr;
    const auto version = versions->second.find(mod_revision);
    return version == versions->second.end() ? nullptr : &version->second;
}

Model::Puts Model::puts() const {
    Puts puts;
    for (const auto& [key, versions] : history_)
        for (const auto& [revision, version] : versions)
            ++puts[version.value];
    return puts;
}

void Model::compare(const machine::Machine& machine) const {
    const std::string_view everything{"\0", 1};
    const auto range = machine.range({.key = everything, .range_end = everything});
    bool same = range.records.size() == live_.size() && machine.revision() == revision_;
    auto live = live_.begin();
    for (const auto& record : range.records) {
        if (!same) break;
        const auto& [key, expected] = *live++;
        same = record.key == key && record.value == expected.content.value &&
               record.mod_revision == expected.mod_revision &&
               record.create_revision == expected.content.create_revision &&
               record.version == expected.content.version;
    }
    if (!same) {
        throw Violation("the state machine does not hold what the committed log says: " +
                        std::to_string(range.records.size()) + " keys at revision " +
                        std::to_string(machine.revision().value) + ", not " + std::to_string(live_.size()) +
                        " at " + std::to_string(revision_.value) + ", or other contents");
    }
}

}  // namespace kvbus::sim
