// The clients in another language that stand beside the tests.
#pragma once

#include <string>
#include <vector>

#include "system/harness/process.h"

namespace kvbus {

inline harness::Finished run_script(const std::string& name, const std::vector<std::string>& arguments) {
    harness::CommandLine command{{KVBUS_TEST_PYTHON, std::string(KVBUS_TEST_SCRIPTS) + "/" + name}};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return harness::run(command, std::chrono::seconds{60});
}

}  // namespace kvbus
