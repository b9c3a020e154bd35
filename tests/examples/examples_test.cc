// The examples of the headers do what they say, against a cluster; and the headers show what is in them.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <sstream>

#include "system/system_test.h"

namespace kvbus {
namespace {

using ExamplesTest = SystemTest;

TEST_F(ExamplesTest, EachDoesWhatItSays) {
    const std::vector<std::pair<std::string, std::string>> examples = {
        {"put_get", "hello\ncondition_failed\n"},
        {"txn", "taken\nit belongs to me\n"},
        {"watch", "jobs/1: sweep\njobs/2: polish\n"},
        {"lock", "first page\nsecond page\n"},
        {"election", "leads: 1\nthe leader says: node 7\nthe leader says: node 7, busy\n"},
        {"lease", "workers/7\n0 left\n"},
    };
    harness::Cluster cluster(dir_);
    cluster.start_all();
    for (const auto& [name, says] : examples) {
        harness::CommandLine command{{std::string(KVBUS_TEST_EXAMPLES) + "/example_" + name}};
        std::ranges::copy(cluster.endpoints(), std::back_inserter(command.arguments));
        const harness::Finished finished = harness::run(command);
        EXPECT_EQ(finished.status(), 0) << name << ": " << finished.err;
        EXPECT_EQ(finished.out, says) << name;
    }
    Client client({.endpoints = cluster.endpoints()});
    // Well before its lease would end: what a program says last may arrive when it is gone.
    harness::wait_for("what held a lock or led to give it up", std::chrono::seconds{8}, [&]() -> std::string {
        const auto leases = client.leases();
        if (!leases.ok()) return leases.error().message;
        return leases->leases.empty() ? "" : std::to_string(leases->leases.size()) + " leases are left";
    });
}

// A comment's indented lines, but for the one that names the endpoints; each block without white space.
std::vector<std::string> blocks_of(const std::filesystem::path& header) {
    std::vector<std::string> blocks(1);
    std::istringstream lines(harness::read_file(header));
    for (std::string line; std::getline(lines, line);) {
        const auto code = line.find("//     ");
        const bool is_shown = code != std::string::npos && line.find_first_not_of(' ') == code &&
                              line.find(".endpoints") == std::string::npos;
        if (is_shown) {
            blocks.back() += line.substr(code + 2);
        } else if (!blocks.back().empty()) {
            blocks.emplace_back();
        }
    }
    blocks.pop_back();
    for (std::string& block : blocks)
        std::erase_if(block, [](unsigned char character) { return std::isspace(character); });
    return blocks;
}

TEST(ExamplesInHeaders, AreThoseThatAreRun) {
    const std::filesystem::path source = KVBUS_TEST_SOURCE;
    std::string programs;
    for (const auto& file : std::filesystem::directory_iterator(source / "tests" / "examples"))
        programs += harness::read_file(file.path());
    std::erase_if(programs, [](unsigned char character) { return std::isspace(character); });
    std::size_t count = 0;
    for (const auto& header : std::filesystem::directory_iterator(source / "include" / "kvbus")) {
        for (const std::string& block : blocks_of(header.path())) {
            EXPECT_NE(programs.find(block), std::string::npos) << header.path() << " shows " << block;
            ++count;
        }
    }
    EXPECT_EQ(count, 6U);
}

}  // namespace
}  // namespace kvbus
