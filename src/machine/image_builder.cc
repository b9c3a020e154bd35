#include <algorithm>
#include <string>
#include <utility>

#include "base/mutant.h"
#include "machine/image.h"
#include "machine/machine_state.h"

namespace kvbus::machine {
namespace {

Error damaged(std::string what) {
    return {Code::damaged, "image: " + std::move(what)};
}

// Keys and values are not told: they may be anybody's, and of any length.
Error damaged(std::string_view part, const Record& record, std::string_view reason) {
    return damaged(std::string(part) + " at revision " + std::to_string(record.mod_revision.value) +
                   " (a key of " + std::to_string(record.key.size()) + " bytes): " + std::string(reason));
}
Error damaged(LeaseId lease, std::string_view reason) {
    return damaged("lease " + std::to_string(lease.value) + ": " + std::string(reason));
}
Error damaged(ClientId client, std::string_view reason) {
    return damaged("session of client " + std::to_string(client.value) + ": " + std::string(reason));
}

bool is_removal(const Record& record) {
    return record.version == 0;
}
// What a record must be whatever came before it.
bool makes_sense(const Record& record) {
    if (!record.mod_revision) return false;
    if (is_removal(record)) return record.value.empty() && !record.create_revision && !record.lease;
    return record.create_revision && record.create_revision <= record.mod_revision &&
           record.version <= record.mod_revision.value;
}

// Far beyond any that was ever reached, and far from the end of what can be counted.
constexpr Revision revision_max{std::uint64_t{1} << 62};

bool in_order(const ImageHeader& header) {
    if (header.revision > revision_max) return false;
    std::pair<ClusterTime, Revision> last{};
    for (const auto& mark : header.marks) {
        if (mark.first < last.first || mark.second <= last.second) return false;
        last = mark;
    }
    return last.first <= header.time && last.second <= header.revision && header.compacted <= header.revision;
}

}  // namespace

struct ImageBuilder::State {
    State(const Limits& limits, ImageHeader given)
        : header(std::move(given)), machine(limits), to(*machine.state_) {
        to.contents.revision = header.revision;
        to.contents.time = header.time;
        to.contents.keys.begin_restore();
    }

    [[nodiscard]] Result<void> attach_leases();
    [[nodiscard]] Result<void> check_deadlines() const;

    ImageHeader header;
    Machine machine;
    Machine::State& to;  // in `machine`
    Revision newest;     // of all bases and changes
    bool changes_begun = false;
    std::uint64_t removed = 0;       // bases that say so, and were not put again so far
    std::vector<const Key*> leased;  // may have a lease in the end
    Session* session = nullptr;      // told last
    Sequence sequence;               // of the outcome told last, of that session
};

ImageBuilder::ImageBuilder(const Limits& limits, const ImageHeader& header)
    : state_(std::make_unique<State>(limits, header)) {}
ImageBuilder::ImageBuilder(ImageBuilder&&) noexcept = default;
ImageBuilder& ImageBuilder::operator=(ImageBuilder&&) noexcept = default;
ImageBuilder::~ImageBuilder() = default;

// --- keys ---

void ImageBuilder::prefetch(std::span<const std::string_view> keys) const {
    state_->machine.prefetch(keys);
}

Result<void> ImageBuilder::base(const Record& record) {
    State& state = *state_;
    if (!makes_sense(record)) return damaged("base", record, "it makes no sense");
    if (record.mod_revision > state.header.compacted) return damaged("base", record, "it is not compacted");
    if (state.changes_begun) return damaged("base", record, "it came after a change");
    const Key* key = state.to.contents.keys.restore(record);
    if (key == nullptr) return damaged("base", record, "the key had one already");
    state.newest = std::max(state.newest, record.mod_revision);
    if (is_removal(record)) ++state.removed;
    if (record.lease) state.leased.push_back(key);
    return {};
}

// Changes are made again, and must come to what the record says.
Result<void> ImageBuilder::change(const Record& record) {
    State& state = *state_;
    Keys& keys = state.to.contents.keys;
    if (!makes_sense(record)) return damaged("change", record, "it makes no sense");
    if (record.mod_revision > state.header.revision) return damaged("change", record, "it is of the future");
    if (record.mod_revision < state.newest) return damaged("change", record, "it is out of order");
    state.newest = record.mod_revision;
    state.changes_begun = true;
    if (is_removal(record)) {
        if (keys.remove(record.key, {}, record.mod_revision) == 1) return {};
        return damaged("change", record, "what it removed was not there");
    }
    const Key& key = keys.put(record.key, record.value, record.lease, record.mod_revision);
    const Value& value = *key.newest;
    if (value.create_revision != record.create_revision || value.version != record.version)
        return damaged("change", record, "it does not follow from what the key was before");
    if (value.older != nullptr && value.older->is_tombstone() && value.older->released != 0) --state.removed;
    if (record.lease) state.leased.push_back(&key);
    return {};
}

// --- what keys live by ---

Result<void> ImageBuilder::lease(LeaseId lease, std::chrono::milliseconds ttl, ClusterTime deadline) {
    Leases& leases = state_->to.contents.leases;
    if (!lease || ttl.count() < 0 || deadline < ClusterTime::zero())
        return damaged(lease, "it makes no sense");
    if (leases.find(lease) != nullptr) return damaged(lease, "it is there already");
    leases.restore(lease, ttl, deadline);
    return {};
}

Result<void> ImageBuilder::deadline(std::string_view key, ClusterTime deadline) {
    Deadlines& deadlines = state_->to.contents.deadlines;
    if (deadline < ClusterTime::zero() || deadlines.contains(key))
        return damaged("deadline of a key of " + std::to_string(key.size()) + " bytes: " +
                       (deadline < ClusterTime::zero() ? "it makes no sense" : "it is there already"));
    if (!mutated(Mutant::deadlines_missing_from_snapshot)) deadlines.set(key, deadline);
    return {};
}

Result<void> ImageBuilder::State::attach_leases() {
    Leases& leases = to.contents.leases;
    for (const Key* key : leased) {
        if (!key->is_live() || !key->newest->lease) continue;
        const LeaseId lease = key->newest->lease;
        if (leases.find(lease) == nullptr) return damaged(lease, "a key names it, and it is not there");
        leases.attach(lease, key->view());
    }
    return {};
}

Result<void> ImageBuilder::State::check_deadlines() const {
    bool all_live = true;
    to.contents.deadlines.visit([&](std::string_view key) {
        const auto record = to.contents.keys.find(key);
        return all_live = record && !record->lease;
    });
    if (all_live) return {};
    return damaged("a deadline is of no live key, or of one with a lease");
}

// --- sessions ---

Result<void> ImageBuilder::session(const ImageSession& session) {
    State& state = *state_;
    if (!session.client || !session.first || session.last_use < ClusterTime::zero() ||
        session.last_use > state.header.time)
        return damaged(session.client, "it makes no sense");
    state.session = state.to.sessions.restore(session.client, session.last_use, session.first);
    if (state.session == nullptr) return damaged(session.client, "it is there already");
    state.sequence = {};
    return {};
}

Result<void> ImageBuilder::outcome(Sequence sequence, const Outcome& outcome) {
    State& state = *state_;
    if (state.session == nullptr) return damaged("an outcome of no session");
    const ClientId client = state.session->client();
    if (sequence < state.session->first() || sequence <= state.sequence)
        return damaged(client, "its outcomes are out of order");
    if (!is_evaluated(outcome.code) || (outcome.answer && outcome.code != Code::ok) ||
        outcome.revision > state.header.revision)
        return damaged(client, "outcome " + std::to_string(sequence.value) + " makes no sense");
    state.session->keep(sequence, outcome);
    state.sequence = sequence;
    return {};
}

Result<Machine> ImageBuilder::finish() {
    State& state = *state_;
    const ImageHeader& header = state.header;
    if (!in_order(header)) return damaged("its revisions or times are out of order");
    if (state.removed > 0) return damaged("a key is told to be removed, and nothing else");
    if (const auto attached = state.attach_leases(); !attached.ok()) return attached.error();
    if (const auto checked = state.check_deadlines(); !checked.ok()) return checked.error();
    state.to.contents.keys.finish_restore();
    state.to.contents.keys.compact(header.compacted);
    state.to.history_bounds.change(header.history);
    state.to.history_bounds.restore(header.marks);
    state.to.sessions.sort();
    const Machine& machine = state.machine;
    if (machine.key_count() != header.key_count)
        return damaged("it has " + std::to_string(machine.key_count()) + " keys, and should have " +
                       std::to_string(header.key_count));
    if (machine.state_hash() != header.state_hash) return damaged("its hash is not what it should be");
    return std::move(state.machine);
}

}  // namespace kvbus::machine
