// kvctl against one node, or more, with what it prints.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "system/system_test.h"

namespace kvbus {

class KvctlTest : public SystemTest {
  protected:
    explicit KvctlTest(int nodes = 1) : cluster_(dir_, {.nodes = nodes}) { cluster_.start_all(); }

    [[nodiscard]] harness::Finished run(const std::vector<std::string>& arguments,
                                        const std::string& input = {}) {
        return run_kvctl(cluster_.endpoint_list(), arguments, input);
    }

    // What it prints; it must end with 0 and say nothing else.
    std::string ask(const std::vector<std::string>& arguments, const std::string& input = {}) {
        const auto finished = run(arguments, input);
        EXPECT_EQ(finished.status(), 0) << arguments[0];
        EXPECT_EQ(finished.err, "");
        return finished.out;
    }

    // One that goes on, and what it has printed so far, on stdout and stderr.
    struct Running {
        std::filesystem::path output;
        std::unique_ptr<harness::Process> process;

        [[nodiscard]] std::string printed() const { return harness::read_file(output); }
        void wait_for(const std::string& text) const {
            harness::wait_for("kvctl to print " + text, harness::patience, [&] {
                const std::string now = printed();
                return now.find(text) == std::string::npos ? "it printed:\n" + now : "";
            });
        }
        harness::Ending end(int signal) const {
            process->signal(signal);
            return process->wait(harness::patience);
        }
    };
    [[nodiscard]] Running start(const std::string& name, const std::vector<std::string>& arguments) {
        harness::CommandLine command{{harness::kvctl_path(), "--endpoints", cluster_.endpoint_list()}};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        const auto output = dir_ / (name + ".out");
        return {output, std::make_unique<harness::Process>(command, output)};
    }

    harness::Cluster cluster_;
};

}  // namespace kvbus
