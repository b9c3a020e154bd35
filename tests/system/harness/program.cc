#include "system/harness/program.h"

#include <cstdio>

#include "system/harness/wait.h"

namespace kvbus::harness {

int run_program(const std::string& name, const std::string& parent,
                const std::function<bool(TestDir&)>& run) {
    TestDir dir(name, parent);
    try {
        if (run(dir)) return 0;
    } catch (const Failure& failure) {
        std::printf("FAILED: %s\n", failure.what());
    }
    dir.keep();
    std::printf("%s", dir.account().c_str());
    return 1;
}

}  // namespace kvbus::harness
