// What kvsim prints. Pure functions of their arguments; every text ends with the end of a line.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "sim/campaign.h"
#include "sim/mutant_trial.h"
#include "sim/plan.h"

namespace kvbus::sim {

// One line: seeds, hours, speed, crashes, elections, operations, failures.
[[nodiscard]] std::string figures_line(const CampaignResult& result);

// Each failure and how to see it again; `command` runs this seed once more.
[[nodiscard]] std::string failures_text(const CampaignResult& result,
                                        const std::function<std::string(std::uint64_t seed)>& command);

// A file for --replay that begins by saying how the plan fails. `mutant`: its name, or nothing.
[[nodiscard]] std::string failing_plan_text(const Plan& plan, std::string_view failure,
                                            std::string_view mutant);

// Each line becomes a comment of a plan.
[[nodiscard]] std::string commented(std::string_view text);

// The rare states with their counts, the rarest first.
[[nodiscard]] std::string coverage_table(const CampaignResult& result);
[[nodiscard]] std::uint64_t never_reached(const CampaignResult& result);

// All mutants, with what they do wrong.
[[nodiscard]] std::string mutants_list();

// One row for each mutant that was tried: name, seed, seeds run, seconds, finding; and how many do what.
[[nodiscard]] std::string trials_header();
[[nodiscard]] std::string trial_row(const MutantTrial& trial);
[[nodiscard]] std::string trials_line(std::span<const MutantTrial> trials);

}  // namespace kvbus::sim
