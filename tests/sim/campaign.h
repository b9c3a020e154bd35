// Many runs, on all cores: one process per core takes seed after seed, until one fails or there are enough.
// The order in which seeds are taken does not matter to any of them. Called from one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutant.h"
#include "base/time.h"
#include "sim/plan.h"
#include "sim/totals.h"

namespace kvbus::sim {

inline constexpr Duration hang_after_usually = std::chrono::seconds{300};  // a run takes one or two
inline constexpr std::string_view hang_text =
    "it hangs";  // how the failure of a run that takes longer begins

struct Campaign {
    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    std::function<Plan(std::uint64_t seed)> plan = draw_plan;  // what it throws is that seed's failure
    Duration wall_max = never - Instant{};                     // no further seed is begun then
    Duration simulated_max = never - Instant{};                // nor when so much has been simulated
    Duration hang_after = hang_after_usually;                  // a run that takes longer has failed
    unsigned jobs = 1;
    Mutant mutant = Mutant::none;
    bool show_progress = true;
};

struct Failure {
    std::uint64_t seed = 0;
    std::string text;
};

struct CampaignResult {
    Totals totals;
    std::vector<std::uint64_t> rare_states;  // counts, in the order of simulated::rare_states()
    std::vector<Failure> failures;           // by seed; after the first no further seed is begun
    Duration wall{};
};

// The failure of a run whose process ended before it did: what it printed, from the first line that says
// anything.
[[nodiscard]] std::string text_of_abort(std::string_view printed);

[[nodiscard]] CampaignResult run_campaign(const Campaign& campaign);

// One run of this very plan in a process of its own.
[[nodiscard]] CampaignResult run_one(const Plan& plan, Mutant mutant,
                                     Duration hang_after = hang_after_usually);

// What is wrong with it, or nothing.
[[nodiscard]] std::string failure_of(const Plan& plan, Mutant mutant,
                                     Duration hang_after = hang_after_usually);

}  // namespace kvbus::sim
