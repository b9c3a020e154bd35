#include "sim/run.h"

#include "scenario/violation.h"

namespace kvbus::sim {

RunResult run(const Plan& plan) {
    World world(plan);
    RunResult result;
    try {
        world.run();
    } catch (const scenario::Violation& violation) {
        result.failure = violation.what();
    }
    result.figures = world.figures();
    return result;
}

}  // namespace kvbus::sim
