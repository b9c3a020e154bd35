#include "node/watches.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/mutant.h"
#include "base/sometimes.h"
#include "machine/key_span.h"
#include "wire/limits.h"

namespace kvbus::node {
namespace {

// To look at a change takes some 50 ns: a request is a tenth of a millisecond, and all of a turn together
// one, so that watches of the past do not hold up others.
constexpr std::uint64_t changes_per_request = 2'000;
constexpr std::uint64_t changes_per_turn = 20'000;
// Events are copied for each who watches. Above this they wait in the history, for the turns to come.
constexpr std::uint64_t reply_bytes_per_turn = 32 << 20;

machine::KeySpan span_of(const wire::WatchRequest& request) {
    return {request.key, request.range_end};
}

bool is_wanted_kind(const wire::WatchRequest& request, const machine::Event& event) {
    return event.is_put ? !request.no_put : !request.no_delete;
}

std::uint64_t bytes_max(const wire::WatchRequest& request) {
    return request.bytes_max > 0 ? request.bytes_max : wire::limits::watch_reply_bytes;
}

}  // namespace

bool Watches::is_ahead(const wire::WatchRequest& request, Revision revision) {
    const Revision next{revision.value + 1};
    return request.from > next || (request.from == next && request.offset > 0);
}

bool Watches::add(Asker asker, Instant deadline, const wire::WatchRequest& request) {
    const std::uint64_t bytes = request.key.size() + request.range_end.size();
    if (size() >= limits_.requests || bytes_ + bytes > limits_.bytes) return false;
    bytes_ += bytes;
    Request& added = past_.emplace_back(Request{.asker = std::move(asker),
                                                .deadline = deadline,
                                                .bytes = std::string(request.key).append(request.range_end),
                                                .request = request,
                                                .place = {request.from, request.offset}});
    added.request.key = std::string_view(added.bytes).substr(0, request.key.size());
    added.request.range_end = std::string_view(added.bytes).substr(request.key.size());
    return true;
}

// --- those that wait ---------------------------------------------------------------------------------------

void Watches::on_change(const machine::Event& event, std::uint64_t index) {
    const std::string_view key = event.record.key;
    if (const auto found = points_.find(key); found != points_.end()) tell(found->second, event, index);
    for (const auto& [length, groups] : prefix_lengths_) {
        if (length > key.size()) break;
        const auto found = prefixes_.find(key.substr(0, length));
        if (found != prefixes_.end()) tell(found->second, event, index);
    }
    for (const auto& [range, group] : ranges_) {
        if (machine::KeySpan{range.first, range.second}.contains(key)) tell(group, event, index);
    }
}

void Watches::tell(const Group& group, const machine::Event& event, std::uint64_t index) {
    const Revision revision = event.record.mod_revision;
    for (const auto request : group) {
        if (!is_wanted_kind(request->request, event)) continue;
        if (request->is_closed) {
            request->is_split |= request->place.revision == revision;
            continue;
        }
        if (request->reply.events() == 0) {
            by_deadline_.erase(request->by_deadline);
            woken_.splice(woken_.end(), waiting_, request);
        }
        if (reply_bytes_ >= reply_bytes_per_turn) {
            request->is_closed = request->is_split = true;
            request->place = {revision, index};
            continue;
        }
        const std::size_t before = request->reply.bytes();
        request->reply.add(event, request->request);
        reply_bytes_ += request->reply.bytes() - before;
        if (request->reply.bytes() < bytes_max(request->request)) continue;
        request->is_closed = true;
        request->place = {revision, index + 1};
    }
}

// They ask again at this place, and are told that it is compacted.
void Watches::lost_changes(Revision first) {
    by_deadline_.clear();
    woken_.splice(woken_.end(), waiting_);
    for (Request& request : woken_) {
        if (request.is_closed) continue;
        request.is_closed = true;
        request.place = {first, 0};
    }
}

void Watches::answer_woken(const machine::Machine& machine, Answers& answers) {
    while (!woken_.empty()) {
        const auto request = woken_.begin();
        leave_group(request);
        if (!request->is_closed) {
            request->place = {Revision{machine.revision().value + 1}};
        } else if (request->place.offset > 0 && !request->is_split) {
            request->place = {Revision{request->place.revision.value + 1}};
        }
        if (request->reply.events() > 0) {
            reply(woken_, request, answers);
        } else {
            request->is_closed = request->is_split = false;
            past_.splice(past_.end(), woken_, request);
        }
    }
}

void Watches::park(Requests::iterator request) {
    waiting_.splice(waiting_.end(), past_, request);
    request->by_deadline = by_deadline_.emplace(request->deadline, request);
    request->group = &group_of(request->request);
    request->index_in_group = request->group->size();
    request->group->push_back(request);
}

void Watches::leave_group(Requests::iterator request) {
    Group& group = *std::exchange(request->group, nullptr);
    const auto last = group.back();
    group[request->index_in_group] = last;
    last->index_in_group = request->index_in_group;
    group.pop_back();
    if (group.empty()) drop_group(request->request);
}

Watches::Group& Watches::group_of(const wire::WatchRequest& request) {
    const machine::KeySpan span = span_of(request);
    if (span.is_point()) return points_[std::string(request.key)];
    if (!span.is_prefix()) return ranges_[{std::string(request.key), std::string(request.range_end)}];
    const auto [found, is_new] = prefixes_.try_emplace(std::string(request.key));
    if (is_new) ++prefix_lengths_[request.key.size()];
    return found->second;
}

void Watches::drop_group(const wire::WatchRequest& request) {
    const machine::KeySpan span = span_of(request);
    if (span.is_point()) {
        points_.erase(points_.find(request.key));
    } else if (!span.is_prefix()) {
        ranges_.erase({std::string(request.key), std::string(request.range_end)});
    } else {
        prefixes_.erase(prefixes_.find(request.key));
        const auto length = prefix_lengths_.find(request.key.size());
        if (--length->second == 0) prefix_lengths_.erase(length);
    }
}

// --- those in the past -------------------------------------------------------------------------------------

void Watches::answer_past(const machine::Machine& machine, Answers& answers) {
    changes_left_ = changes_per_turn;
    while (!past_.empty() && changes_left_ > 0 && reply_bytes_ < reply_bytes_per_turn)
        serve(past_.begin(), machine, answers);
}

void Watches::serve(Requests::iterator request, const machine::Machine& machine, Answers& answers) {
    const Revision end{machine.revision().value + 1};
    const Revision compacted = machine.compacted();
    if (request->place.revision <= compacted) {
        sometimes(Sometimes::watch_place_compacted);
        const Revision first{compacted.value + 1};
        answers.error(request->asker, Code::compacted,
                      "from: " + std::to_string(request->place.revision.value) +
                          " is compacted; the first that can be watched is " + std::to_string(first.value),
                      first);
        return forget(past_, request);
    }
    if (request->place.revision < end) sometimes(Sometimes::watch_served_from_the_past);

    Place& place = request->place;
    const machine::KeySpan span = span_of(request->request);
    std::uint64_t looked_at = 0;
    bool caught_up = true;
    const auto look = [&](const machine::Event& event) {
        if (event.record.mod_revision != place.revision) place = {event.record.mod_revision};
        caught_up = looked_at < changes_per_request && request->reply.bytes() < bytes_max(request->request);
        if (!caught_up) return false;
        ++looked_at;
        ++place.offset;
        if (is_wanted_kind(request->request, event) && span.contains(event.record.key))
            request->reply.add(event, request->request);
        return true;
    };
    machine.visit_events(place.revision, look,
                         place.offset + (mutated(Mutant::watch_resume_off_by_one) ? 1 : 0));
    changes_left_ -= std::min(changes_left_, looked_at);
    reply_bytes_ += request->reply.bytes();
    if (caught_up) place = {end};
    if (caught_up && request->reply.events() == 0 && !request->request.no_wait) return park(request);
    reply(past_, request, answers);
}

// --- all ---------------------------------------------------------------------------------------------------

void Watches::answer(Instant now, const machine::Machine& machine, Answers& answers) {
    answer_woken(machine, answers);
    answer_past(machine, answers);
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
        const auto request = by_deadline_.begin()->second;
        by_deadline_.erase(by_deadline_.begin());
        leave_group(request);
        request->place = {Revision{machine.revision().value + 1}};
        reply(waiting_, request, answers);
    }
    reply_bytes_ = 0;
}

void Watches::refuse_all(const Error& error, Answers& answers) {
    by_deadline_.clear();
    woken_.splice(woken_.end(), waiting_);
    for (auto request = woken_.begin(); request != woken_.end(); ++request)
        leave_group(request);
    past_.splice(past_.end(), woken_);
    while (!past_.empty()) {
        answers.error(past_.front().asker, error.code, error.message);
        forget(past_, past_.begin());
    }
}

void Watches::reply(Requests& from, Requests::iterator request, Answers& answers) {
    if (request->place.offset > 0) sometimes(Sometimes::watch_reply_split_a_revision);
    answers.watch(request->asker, request->reply, request->place.revision, request->place.offset);
    forget(from, request);
}

void Watches::forget(Requests& from, Requests::iterator request) {
    bytes_ -= request->bytes.size();
    from.erase(request);
}

Instant Watches::deadline() const {
    if (!past_.empty()) return Instant{};
    return by_deadline_.empty() ? never : by_deadline_.begin()->first;
}

}  // namespace kvbus::node
