#include "node/campaigns.h"

#include <utility>

#include "base/mutant.h"
#include "base/sometimes.h"

namespace kvbus::node {
namespace {

// What stands before the last slash; the rest is the lease's.
std::string_view line_of(std::string_view key) {
    const auto slash = key.rfind('/');
    return key.substr(0, slash == std::string_view::npos ? 0 : slash);
}

bool holds_place(const machine::Machine& machine, const machine::CampaignAnswer& place) {
    const auto found = machine.range({.key = place.key});
    return !found.records.empty() && found.records[0].create_revision == place.token;
}

}  // namespace

void Campaigns::add(Asker asker, Instant deadline, machine::Outcome outcome) {
    const auto candidate =
        candidates_.insert(candidates_.end(), Candidate{std::move(asker), std::move(outcome)});
    candidate->by_deadline = by_deadline_.emplace(deadline, candidate);
    arrived_.push_back(candidate);
}

void Campaigns::on_change(const machine::Event& event) {
    if (event.is_put) return;
    const std::string_view key = event.record.key;
    if (const auto line = lines_.find(line_of(key)); line != lines_.end()) {
        const auto [first, last] = line->second.waiting.equal_range(key);
        for (auto waiting = first; waiting != last; ++waiting) {
            waiting->second->line = nullptr;
            lost_.push_back(waiting->second);
        }
        line->second.waiting.erase(first, last);
        drop_if_empty(line->second);
    }
    const auto [first, last] = by_first_.equal_range(key);
    for (auto blocked = first; blocked != last; ++blocked) {
        sometimes(Sometimes::place_in_line_came_first);
        blocked->second->first.clear();
        moved_.push_back(blocked->second->name);
    }
    by_first_.erase(first, last);
}

void Campaigns::lost_changes() {
    for (auto& [name, line] : lines_) {
        line.first.clear();
        for (auto& [key, candidate] : line.waiting) {
            candidate->line = nullptr;
            arrived_.push_back(candidate);
        }
    }
    lines_.clear();
    by_first_.clear();
    moved_.clear();
}

void Campaigns::answer(Instant now, const machine::Machine& machine, Answers& answers) {
    for (const auto candidate : std::exchange(lost_, {}))
        lose(candidate, answers);
    for (const auto& name : std::exchange(moved_, {})) {
        const auto line = lines_.find(name);
        if (line == lines_.end() || !line->second.first.empty()) continue;
        look_up(line->second, machine);
        win_first(line->second, answers);
    }
    for (auto next = arrived_.begin(); next != arrived_.end();) {
        const auto arrived = next++;
        const auto candidate = *arrived;
        if (candidate->outcome.revision > machine.revision()) continue;
        arrived_.erase(arrived);
        enter(candidate, machine, answers);
    }
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
        const auto candidate = by_deadline_.begin()->second;
        if (candidate->line == nullptr) {
            answers.error(candidate->asker, Code::outcome_unknown,
                          "name: this node is behind the leader, and cannot tell who is first in the line; "
                          "campaign again");
        } else {
            sometimes(Sometimes::place_in_line_timed_out);
            answers.error(candidate->asker, Code::not_first,
                          "name: others are before " + candidate->place().key +
                              " in the line, which keeps its place; campaign again to go on waiting");
        }
        forget(candidate);
    }
}

void Campaigns::enter(Candidates::iterator candidate, const machine::Machine& machine, Answers& answers) {
    const machine::CampaignAnswer& place = candidate->place();
    if (!holds_place(machine, place)) return lose(candidate, answers);
    const std::string name(line_of(place.key));
    Line& line = lines_[name];
    line.name = name;
    candidate->line = &line;
    line.waiting.emplace(place.key, candidate);
    if (line.first.empty()) look_up(line, machine);
    win_first(line, answers);
}

void Campaigns::look_up(Line& line, const machine::Machine& machine) {
    const auto first = machine.first_of_line(line.name);
    line.first = first ? std::string(first->key) : line.waiting.begin()->first;
    by_first_.emplace(line.first, &line);
}

// All requests of the candidate whose key is first.
void Campaigns::win_first(Line& line, Answers& answers) {
    const auto [first, last] = mutated(Mutant::campaign_ignores_the_line)
                                   ? std::pair(line.waiting.begin(), line.waiting.end())
                                   : line.waiting.equal_range(line.first);
    std::vector<Candidates::iterator> winners;
    for (auto waiting = first; waiting != last; ++waiting)
        winners.push_back(waiting->second);
    for (const auto winner : winners) {
        answers.outcome(winner->asker, winner->outcome);
        forget(winner);  // the line with the last of it
    }
}

void Campaigns::lose(Candidates::iterator candidate, Answers& answers) {
    sometimes(Sometimes::place_in_line_lost);
    answers.error(candidate->asker, Code::place_lost,
                  "name: the key " + candidate->place().key +
                      " is gone: its lease ended, or it was removed; campaign anew, with a lease that lives");
    forget(candidate);
}

void Campaigns::forget(Candidates::iterator candidate) {
    by_deadline_.erase(candidate->by_deadline);
    if (Line* line = candidate->line) {
        auto waiting = line->waiting.lower_bound(candidate->place().key);
        while (waiting->second != candidate)
            ++waiting;
        line->waiting.erase(waiting);
        drop_if_empty(*line);
    } else {
        arrived_.remove(candidate);
    }
    candidates_.erase(candidate);
}

void Campaigns::drop_if_empty(Line& line) {
    if (!line.waiting.empty()) return;
    clear_first(line);
    lines_.erase(lines_.find(line.name));
}

void Campaigns::clear_first(Line& line) {
    const auto [begin, end] = by_first_.equal_range(line.first);
    for (auto blocked = begin; blocked != end; ++blocked) {
        if (blocked->second != &line) continue;
        by_first_.erase(blocked);
        break;
    }
    line.first.clear();
}

void Campaigns::refuse_all(const Error& error, Answers& answers) {
    for (const Candidate& candidate : candidates_)
        answers.error(candidate.asker, error.code, error.message);
    moved_.clear();
    lost_.clear();
    arrived_.clear();
    by_deadline_.clear();
    by_first_.clear();
    lines_.clear();
    candidates_.clear();
}

}  // namespace kvbus::node
