#include "oracle/comparison.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/random.h"
#include "oracle/describe.h"
#include "oracle/difference.h"
#include "oracle/random_commands.h"
#include "oracle/reference_machine.h"

namespace kvbus::oracle {
namespace {

constexpr std::size_t transaction_operations_max = 128;

std::string code_text(Code code) {
    return code == Code::ok ? "ok" : describe(RangeOutcome{code, {}});
}

// --- a run -------------------------------------------------------------------------------------------------

class Comparison {
  public:
    explicit Comparison(const ComparisonOptions& options)
        : options_(options),
          random_(options.seed ^ 0x6f7261636c65),
          commands_(options.seed),
          real_(options.limits),
          twin_(options.limits),
          reference_(options.limits) {}

    ComparisonResult run() {
        for (step_ = 0; step_ < options_.steps && !result_.difference; ++step_) {
            if (auto difference = step()) {
                result_.difference = "seed " + std::to_string(options_.seed) + ", step " +
                                     std::to_string(step_) + ": " + *difference;
            }
        }
        return std::move(result_);
    }

  private:
    Difference step() {
        if (random_.chance(0.2)) {
            if (auto difference = advance()) return difference;
        }
        if (auto difference = apply()) return difference;
        if (auto difference = query()) return difference;
        if (step_ % 64 == 0) return everything();
        return std::nullopt;
    }

    [[nodiscard]] Situation situation() const {
        return {reference_.revision(), reference_.compacted(), reference_.leases()};
    }

    Difference advance() {
        const machine::ClusterTime to = next_time();
        const std::uint64_t sessions = reference_.session_count();
        const std::uint64_t leases = reference_.lease_count();
        const Revision before = reference_.revision();
        real_.advance(to);
        twin_.advance(to);
        reference_.advance(to);
        if (reference_.session_count() < sessions) result_.seen["session forgotten"] += 1;
        if (reference_.lease_count() < leases) result_.seen["lease ended"] += 1;
        if (reference_.revision() > before) result_.seen["keys expired"] += 1;
        const Difference difference = differing_state();
        return difference ? "advance to " + std::to_string(to.count()) + "ns: " + *difference : difference;
    }

    // Sometimes past already, which moves nothing, and sometimes the very moment at which something ends.
    machine::ClusterTime next_time() {
        const machine::ClusterTime now = reference_.time();
        const machine::ClusterTime expiry = reference_.next_expiry();
        if (random_.chance(0.05)) return now / 2;
        if (random_.chance(0.1) && expiry != machine::ClusterTime::max()) return expiry;
        return now + commands_.pause();
    }

    Difference apply() {
        const RandomCommand drawn = commands_.command(situation());
        if (const auto* txn = std::get_if<machine::Txn>(&drawn.command.operation)) {
            if (auto difference = misjudged(*txn, drawn.flaw)) return difference;
        }
        if (drawn.flaw != Flaw::none) return std::nullopt;

        const std::uint64_t hash_before = real_.state_hash();
        const Revision revision_before = real_.revision();
        const machine::Outcome real = altered(real_.apply(drawn.command));
        const machine::Outcome twin = twin_.apply(drawn.command);
        const machine::Outcome reference = reference_.apply(drawn.command);
        result_.seen[code_text(reference.code)] += 1;
        note_kind(drawn.command, reference);
        Difference difference =
            first_of({differing("outcome", real, reference),
                      differing("outcome of the twin", twin, reference), differing_state()});
        if (!difference && real_.revision() != revision_before && real_.state_hash() == hash_before)
            difference = "the revision changed, but not the hash";
        if (!difference && real.code != Code::ok && real_.state_hash() != hash_before)
            difference = "the hash changed without a change";
        return difference ? describe(drawn.command) + ": " + *difference : difference;
    }

    Difference misjudged(const machine::Txn& txn, Flaw flaw) {
        if (flaw == Flaw::certain) result_.seen["flawed transaction"] += 1;
        const auto found = machine::flaw_of(txn, transaction_operations_max);
        const bool refused = found && found->code == Code::duplicate_key;
        if ((found && !refused) || (refused && flaw == Flaw::none))
            return describe(txn) + ": refused without a reason: " + found->message;
        if (!refused && flaw == Flaw::certain) return describe(txn) + ": not refused as flawed";
        return std::nullopt;
    }

    void note_kind(const machine::Command& command, const machine::Outcome& outcome) {
        static constexpr std::array kinds = {"put",     "delete",      "append",       "increment",
                                             "txn",     "lease grant", "lease revoke", "lease keep-alive",
                                             "compact", "campaign"};
        if (outcome.code == Code::ok) result_.seen[kinds.at(command.operation.index())] += 1;
    }

    // Of both machines and the reference, what may change with any command.
    Difference differing_state() {
        if (options_.follow_compactions && real_.compacted() > reference_.compacted()) {
            reference_.compact_to(real_.compacted());
            result_.seen["compacted by itself"] += 1;
        }
        const Revision from = events_seen_;
        events_seen_ = Revision{reference_.revision().value + 1};
        if (real_.state_hash() != twin_.state_hash()) return "the hashes of two machines differ";
        return first_of({
            differing("next expiry",
                      fails_now(Fault::next_expiry) ? machine::ClusterTime{-1} : real_.next_expiry(),
                      reference_.next_expiry()),
            differing_figures(real_, reference_),
            differing_range({.key = all_keys, .range_end = all_keys}, real_, reference_),
            differing_events("new events", altered(events_of(real_, from, ~std::size_t{0})),
                             reference_.events(from)),
        });
    }

    Difference query() {
        const machine::RangeQuery query = commands_.query(situation());
        const std::array keys{query.key};
        real_.prefetch(keys);
        RangeOutcome real = range_of(real_, query);
        if (!real.answer.kvs.empty() && fails_now(Fault::range)) real.answer.kvs.pop_back();
        const RangeOutcome reference = reference_.range(query);
        result_.seen["range " + code_text(reference.code)] += 1;
        if (auto difference = differing(describe(query), real, reference)) return difference;

        const std::string_view name = commands_.name_of_line();
        const auto first = real_.first_of_line(name);
        const auto first_copied = first ? std::optional(machine::owned(*first)) : std::nullopt;
        if (auto difference =
                differing("first of " + describe_bytes(name), first_copied, reference_.first_of_line(name)))
            return difference;

        const std::vector<LeaseId> leases = RandomCommands::lease_ids();
        const LeaseId chosen = leases[random_.below(leases.size())];
        std::optional<LeaseReport> lease = lease_of(real_, chosen);
        if (lease && fails_now(Fault::lease)) lease->left += std::chrono::milliseconds{1};
        return differing("lease " + std::to_string(chosen.value), lease, reference_.lease(chosen));
    }

    // Also what takes long.
    Difference everything() {
        if (auto difference = difference_in_all(real_, reference_)) return difference;
        const Revision first{random_.below(reference_.revision().value + 3)};
        const std::size_t count = random_.between(1, 20);
        std::vector<Change> expected = reference_.events(first);
        expected.resize(std::min(expected.size(), count));
        return differing_events("events from " + std::to_string(first.value), events_of(real_, first, count),
                                expected);
    }

    // --- the proof that a comparison can fail ---

    // True once, from the middle on.
    bool fails_now(Fault fault) {
        if (fault != options_.fault || step_ < options_.steps / 2 || failed_) return false;
        failed_ = true;
        return true;
    }

    machine::Outcome altered(machine::Outcome outcome) {
        if (fails_now(Fault::outcome)) outcome.revision.value += 1;
        if (outcome.answer && fails_now(Fault::answer)) {
            auto answer = std::make_shared<machine::Answer>(*outcome.answer);
            answer->body = machine::IncrementAnswer{4711};
            outcome.answer = answer;
        }
        return outcome;
    }

    std::vector<Change> altered(std::vector<Change> changes) {
        if (!changes.empty() && fails_now(Fault::event)) changes.pop_back();
        return changes;
    }

    ComparisonOptions options_;
    Random random_;
    RandomCommands commands_;
    machine::Machine real_;
    machine::Machine twin_;
    ReferenceMachine reference_;
    ComparisonResult result_;
    std::uint64_t step_ = 0;
    Revision events_seen_{1};  // all before this are compared
    bool failed_ = false;
};

}  // namespace

ComparisonResult compare(const ComparisonOptions& options) {
    return Comparison(options).run();
}

}  // namespace kvbus::oracle
