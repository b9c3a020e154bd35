// shrink() with real runs, each in a process of its own: what kvsim does with a plan that fails. Shows on
// stderr how far it is. Called from one thread.
#pragma once

#include "base/mutant.h"
#include "base/time.h"
#include "sim/campaign.h"
#include "sim/plan.h"

namespace kvbus::sim {

struct ShrunkPlan {
    Plan plan;
    CampaignResult run;  // of this plan
    unsigned plans_tried = 0;
    bool out_of_time = false;  // it may become smaller yet
};

// `run` is how `plan` fails. The result fails the same way and, with a mutant, does not fail without it. Of a
// plan that hangs nothing shorter than hang_after_usually can be learned.
[[nodiscard]] ShrunkPlan shrink_by_running(const Plan& plan, const CampaignResult& run, Mutant mutant,
                                           Duration at_most);

}  // namespace kvbus::sim
