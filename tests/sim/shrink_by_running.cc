#include "sim/shrink_by_running.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/clock.h"
#include "sim/progress.h"
#include "sim/shrink.h"

namespace kvbus::sim {

ShrunkPlan shrink_by_running(const Plan& plan, const CampaignResult& run, Mutant mutant, Duration at_most) {
    KV_CHECK(!run.failures.empty(), "only what fails is made smaller");
    const std::string way = way_it_fails(run.failures.front().text);
    const Instant begin = monotonic_now();
    const Instant end = at_most >= never - begin ? never : begin + at_most;
    ShrunkPlan shrunk{.plan = plan, .run = run};
    Progress progress(true);
    shrunk.plan = shrink(plan, [&](const Plan& smaller) {
        const Duration left = end - monotonic_now();
        if (left <= Duration{}) {
            shrunk.out_of_time = true;  // what is not tried counts as what does not fail
            return false;
        }
        progress.show(fmt::format("shrinking: {} plans tried, {} faults in the smallest that fails",
                                  ++shrunk.plans_tried, shrunk.plan.faults.size()));
        CampaignResult again = run_one(smaller, mutant, std::min(left, hang_after_usually));
        if (again.failures.empty() || way_it_fails(again.failures.front().text) != way) return false;
        if (monotonic_now() >= end) return false;  // it may have been stopped for that
        if (mutant != Mutant::none && !failure_of(smaller, Mutant::none).empty()) return false;
        shrunk.run = std::move(again);
        shrunk.plan = smaller;
        return true;
    });
    return shrunk;
}

}  // namespace kvbus::sim
