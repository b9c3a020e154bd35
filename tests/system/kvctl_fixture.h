// kvctl against one node, with what it prints.
#pragma once

#include <string>
#include <vector>

#include "system/system_test.h"

namespace kvbus {

class KvctlTest : public SystemTest {
  protected:
    KvctlTest() : cluster_(dir_, {.nodes = 1}) { cluster_.start_all(); }

    [[nodiscard]] harness::Finished run(const std::vector<std::string>& arguments,
                                        const std::string& input = {}) {
        return run_kvctl(cluster_.client_url(0), arguments, input);
    }

    // What it prints; it must end with 0 and say nothing else.
    std::string ask(const std::vector<std::string>& arguments, const std::string& input = {}) {
        const auto finished = run(arguments, input);
        EXPECT_EQ(finished.status(), 0) << arguments[0];
        EXPECT_EQ(finished.err, "");
        return finished.out;
    }

    harness::Cluster cluster_;
};

}  // namespace kvbus
