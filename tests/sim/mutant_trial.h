// Is a bug that was built in on purpose found? A finding counts only if the same plan passes without the bug:
// else it says something about the program, and nothing about the mutant. Called from one thread.
#pragma once

#include <span>
#include <string>

#include "sim/campaign.h"
#include "simulated/mutants.h"

namespace kvbus::sim {

enum class Verdict : std::uint8_t {
    dies,       // it is found
    survives,   // nothing fails
    not_shown,  // something fails, with the mutant and without
    pending,    // what it breaks is not built yet, so nothing was run
};

struct MutantTrial {
    simulated::MutantInfo mutant;
    std::string plan;  // the file of the kept plan that was played; empty: drawn ones were
    Verdict verdict = Verdict::pending;
    CampaignResult result;       // empty of a pending one
    Failure finding;             // when it dies, or is not shown
    std::string without_mutant;  // how the same plan fails then; only when it is not shown
};

[[nodiscard]] MutantTrial try_mutant(Campaign campaign, const simulated::MutantInfo& mutant);

}  // namespace kvbus::sim
