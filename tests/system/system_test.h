// What the tests of real processes share: a directory of their own that stays when they fail, with the ends
// of the nodes' logs shown, and checks of what the programs print.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <kvbus/client.h>

#include "system/harness/cluster.h"
#include "system/harness/process.h"
#include "system/harness/test_dir.h"

namespace kvbus {

// As the documents promise them; written down once more, so that a change is noticed.
inline constexpr int exit_error = 1, exit_arguments = 128;                  // of kvd and of kvctl
inline constexpr int exit_configuration = 3, exit_damaged = 4;              // of kvd
inline constexpr int exit_connection = 2, exit_input = 3, exit_server = 4;  // of kvctl
inline constexpr int exit_unhealthy = 5, exit_watch = 5, exit_condition = 6, exit_lost = 7;

class SystemTest : public testing::Test {
  protected:
    SystemTest();
    void TearDown() override;

    harness::TestDir dir_;
};

// Runs kvd with these arguments to its end, and kvctl against these endpoints.
[[nodiscard]] harness::Finished run_kvd(const std::vector<std::string>& arguments,
                                        const std::vector<std::string>& environment = {});
[[nodiscard]] harness::Finished run_kvctl(const std::string& endpoints,
                                          const std::vector<std::string>& arguments,
                                          const std::string& input = {});

// The program ended with this status and said why in one last line on stderr that holds all of these texts.
[[nodiscard]] testing::AssertionResult refuses(const harness::Finished& finished, int status,
                                               const std::vector<std::string>& texts);
[[nodiscard]] std::string last_line(const std::string& text);

// Puts and gets that must succeed.
void put(Client& client, const std::string& key, const std::string& value);
[[nodiscard]] std::string get(Client& client, const std::string& key);  // "(none)" without the key
void put_numbered(Client& client, int count);                           // k0 … with the values v0 …
void expect_numbered(Client& client, int count);

}  // namespace kvbus
