// The name that the simulated disk knows the checker by. One thread.
#pragma once

#include "sim/step_checker.h"

namespace kvbus::sim {

using Watch = StepChecker;

}  // namespace kvbus::sim
