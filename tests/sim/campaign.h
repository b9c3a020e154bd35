// Many runs, on all cores: one process per core takes seed after seed, so that a run that aborts takes
// nothing else with it. Shows how far it is. The order in which seeds are taken does not matter to any of
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/mutant.h"
#include "base/time.h"
#include "sim/plan.h"

namespace kvbus::sim {

struct Campaign {
    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    std::function<Plan(std::uint64_t seed)> plan = draw_plan;
    Duration wall_max = never - Instant{};       // no further seed is begun then
    Duration simulated_max = never - Instant{};  // nor when so much has been simulated
    unsigned jobs = 1;
    Mutant mutant = Mutant::none;
    bool show_progress = true;
};

struct Totals {
    std::uint64_t seeds = 0;
    std::uint64_t events = 0;
    std::uint64_t simulated_ns = 0;
    std::uint64_t cpu_ns = 0;
    std::uint64_t crashes = 0;
    std::uint64_t elections = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t checked = 0;
    std::uint64_t traces = 0;  // the sum of all: equal for equal seeds
};

struct Failure {
    std::uint64_t seed = 0;
    std::string text;
};

struct CampaignResult {
    Totals totals;
    std::vector<std::uint64_t> sometimes;  // counts, in the order of simulated::rare_states()
    std::vector<Failure> failures;         // by seed; after the first no further seed is begun
    Duration wall{};
};

[[nodiscard]] CampaignResult run_campaign(const Campaign& campaign);

// One run in a process of its own: what is wrong, or nothing.
[[nodiscard]] std::string failure_of(const Plan& plan, Mutant mutant);

}  // namespace kvbus::sim
