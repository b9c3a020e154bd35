#include "sim/mutant_trial.h"

namespace kvbus::sim {

MutantTrial try_mutant(Campaign campaign, const simulated::MutantInfo& mutant) {
    MutantTrial trial{.mutant = mutant};
    if (mutant.status == simulated::MutantStatus::pending) return trial;
    campaign.mutant = mutant.mutant;
    trial.result = run_campaign(campaign);
    trial.verdict = Verdict::survives;
    for (const Failure& failure : trial.result.failures) {
        trial.finding = failure;
        trial.without_mutant = failure_of(campaign.plan(failure.seed), Mutant::none);
        trial.verdict = trial.without_mutant.empty() ? Verdict::dies : Verdict::not_shown;
        if (trial.verdict == Verdict::dies) break;
    }
    return trial;
}

}  // namespace kvbus::sim
