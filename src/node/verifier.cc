#include "node/verifier.h"

#include <algorithm>
#include <chrono>

#include "base/sometimes.h"
#include "machine/machine.h"

namespace kvbus::node {
namespace {

constexpr Duration interval = std::chrono::seconds{1};
// Where hashes differ and some node is silent, a majority may show when it is back.
constexpr Duration split_patience = std::chrono::seconds{5};
constexpr std::uint64_t form = machine::Machine::replica_hash_form;

}  // namespace

// --- the own state -----------------------------------------------------------------------------------------

void Verifier::applied(Index index, std::uint64_t hash) {
    applied_ = index;
    recent_[index.value % recent_max] = {index, hash};
    if (waiting_ && waiting_->second.index == index) {
        const auto [from, check] = *std::exchange(waiting_, {});
        answer(from, check);
    }
}

void Verifier::installed(Index index, std::uint64_t hash) {
    recent_ = {};
    answered_ = {};
    if (waiting_ && waiting_->second.index < index) waiting_.reset();
    if (standing_ == Standing::differs) standing_ = Standing::unproven;
    applied(index, hash);
}

std::optional<std::uint64_t> Verifier::hash_at(Index index) const {
    if (!index) return std::nullopt;
    for (const Known& known : {recent_[index.value % recent_max], answered_})
        if (known.index == index) return known.hash;
    return std::nullopt;
}

void Verifier::checked(NodeId from, const wire::StateCheck& check) {
    if (check.form != form) return;  // of another version
    if (check.index > applied_) {
        sometimes(Sometimes::state_check_waits_for_the_map);
        waiting_.emplace(from, check);
        return;
    }
    answer(from, check);
}

void Verifier::answer(NodeId from, const wire::StateCheck& check) {
    const auto own = hash_at(check.index);
    if (!own) return sometimes(Sometimes::state_checked_too_late);
    answered_ = {check.index, *own};
    if (check.agreed) compare(check.index, *own, *check.agreed);
    messages_.emplace_back(from, wire::StateReport{check.index, form, *own, !is_good()});
}

// What was wrong stays so until it is built anew, though one index may have nothing to show of it.
void Verifier::compare(Index index, std::uint64_t own, std::uint64_t agreed) {
    if (own != agreed) {
        standing_ = Standing::differs;
        difference_ = Difference{index, own, agreed};
    } else if (standing_ == Standing::unproven) {
        standing_ = Standing::good;
    }
}

// --- the leader --------------------------------------------------------------------------------------------

void Verifier::turn(Instant now, std::span<const NodeId> voters) {
    deadline_ = never;
    if (voters.size() < 2) return round_.reset();
    if (round_ && round_->split_since && !round_->agreed) decide(now, voters);
    const bool is_open = round_ && round_->split_since && !round_->agreed;
    if (now >= due_) {
        if (!is_open && applied_ && (!round_ || applied_ > round_->own.index))
            round_ = Round{.own = recent_[applied_.value % recent_max]};
        ask(now, voters);
    }
    const bool all_settled = std::ranges::all_of(voters, [&](NodeId node) { return is_settled(node); });
    if (!all_settled || !round_ || applied_ > round_->own.index) deadline_ = due_;
}

// Whoever has not told yet, or is not as the others: it may be built anew at any time.
void Verifier::ask(Instant now, std::span<const NodeId> voters) {
    due_ = now + interval;
    if (!round_) return;
    for (const NodeId node : voters) {
        if (!is_settled(node))
            messages_.emplace_back(node, wire::StateCheck{round_->own.index, form, round_->agreed});
    }
}

bool Verifier::is_settled(NodeId node) const {
    if (node == self_ || !round_) return true;
    const auto report = round_->reports.find(node);
    return report != round_->reports.end() && !report->second.is_corrupt &&
           report->second.hash == round_->agreed.value_or(round_->own.hash);
}

void Verifier::reported(Instant now, NodeId from, const wire::StateReport& report) {
    if (!round_ || report.index != round_->own.index || report.form != form) return;
    round_->reports.insert_or_assign(from, report);
    const bool wants_verdict = report.hash != round_->own.hash || report.is_corrupt;
    if (wants_verdict && !round_->split_since) round_->split_since = now;
}

void Verifier::decide(Instant now, std::span<const NodeId> voters) {
    std::map<std::uint64_t, std::size_t> nodes;  // by what they have
    ++nodes[round_->own.hash];
    for (const auto& [node, report] : round_->reports)
        ++nodes[report.hash];
    for (const auto& [hash, count] : nodes)
        if (2 * count > voters.size()) round_->agreed = hash;
    const bool all_told = round_->reports.size() + 1 >= voters.size();
    if (!round_->agreed && (all_told || now - *round_->split_since >= split_patience))
        round_->agreed = round_->own.hash;
    if (!round_->agreed) return;
    compare(round_->own.index, round_->own.hash, *round_->agreed);
    ask(now, voters);
}

}  // namespace kvbus::node
