#include "machine/machine.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "machine/keys.h"
#include "machine/sessions.h"

namespace kvbus::machine {

struct Machine::State {
    explicit State(const Limits& given) : limits(given), sessions(given) {}

    Outcome write(const Put& put);
    Outcome write(const Delete& remove);
    Outcome write(const Command& command);
    Outcome write_once(Session& session, const Command& command);
    [[nodiscard]] Outcome refuse(Code code) const { return {code, revision, 0}; }

    Limits limits;
    Keys keys;
    Sessions sessions;
    Revision revision{1};
    ClusterTime time{};
};

Outcome Machine::State::write(const Put& put) {
    revision.value += 1;
    keys.put(put.key, put.value, revision);
    return {Code::ok, revision, 0};
}

Outcome Machine::State::write(const Delete& remove) {
    const std::uint64_t deleted = keys.remove(remove.key, remove.range_end);
    if (deleted > 0) revision.value += 1;
    return {Code::ok, revision, deleted};
}

Outcome Machine::State::write(const Command& command) {
    return std::visit([this](const auto& operation) { return write(operation); }, command.operation);
}

Outcome Machine::State::write_once(Session& session, const Command& command) {
    session.forget_below(command.first_unanswered);
    if (command.sequence < session.first()) {
        sometimes(Sometimes::stale_request_refused);
        return refuse(Code::stale_request);
    }
    if (command.sequence.value - session.first().value >= limits.unanswered_max)
        return refuse(Code::overloaded);
    const auto kept = session.find(command.sequence);
    if (kept) sometimes(Sometimes::retry_answered_from_kept_outcome);
    if (kept && !mutated(Mutant::session_forgets_outcome)) return *kept;
    const Outcome outcome = write(command);
    session.keep(command.sequence, outcome);
    return outcome;
}

Machine::Machine(Limits limits) : state_(std::make_unique<State>(limits)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

void Machine::advance(ClusterTime time) {
    state_->time = std::max(state_->time, time);
    state_->sessions.forget_idle(state_->time);
}

Outcome Machine::apply(const Command& command) {
    if (!command.client) return state_->write(command);
    KV_CHECK(command.first_unanswered && command.first_unanswered <= command.sequence,
             "checked when it was decoded");
    Session* session = state_->sessions.use(command.client, state_->time);
    if (session == nullptr) return state_->refuse(Code::overloaded);
    return state_->write_once(*session, command);
}

void Machine::prefetch(std::span<const std::string_view> keys) const {
    state_->keys.prefetch(keys);
}

RangeResult Machine::range(const RangeQuery& query) const {
    return state_->keys.range(query);
}

Revision Machine::revision() const {
    return state_->revision;
}
ClusterTime Machine::time() const {
    return state_->time;
}
std::uint64_t Machine::key_count() const {
    return state_->keys.count();
}
std::uint64_t Machine::bytes() const {
    return state_->keys.bytes();
}
std::uint64_t Machine::session_count() const {
    return state_->sessions.count();
}

std::uint64_t Machine::state_hash() const {
    return state_->keys.content_hash() + state_->revision.value * 0x9e3779b97f4a7c15;
}

}  // namespace kvbus::machine
