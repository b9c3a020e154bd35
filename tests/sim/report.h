// What kvsim prints. Pure functions of their arguments.
#pragma once

#include <string>

#include "sim/campaign.h"

namespace kvbus::sim {

// One line: seeds, hours, speed, crashes, elections, operations, failures.
[[nodiscard]] std::string figures_line(const CampaignResult& result);

// Each failure and how to see it again; `options` are those that changed its plan.
[[nodiscard]] std::string failures_text(const CampaignResult& result, const std::string& options);

// The rare states with their counts, the rarest first.
[[nodiscard]] std::string coverage_table(const CampaignResult& result);
[[nodiscard]] std::uint64_t never_reached(const CampaignResult& result);

}  // namespace kvbus::sim
