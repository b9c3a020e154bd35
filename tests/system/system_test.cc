#include "system/system_test.h"

#include <algorithm>
#include <iostream>

namespace kvbus {
namespace {

std::string test_name() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    auto name = std::string(info->test_suite_name()) + "." + info->name();
    std::ranges::replace(name, '/', '-');
    return name;
}

}  // namespace

SystemTest::SystemTest() : dir_(test_name()) {}

void SystemTest::TearDown() {
    if (!HasFailure()) return;
    dir_.keep();
    std::cout << dir_.account();
}

harness::Finished run_kvd(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment) {
    harness::CommandLine command{{harness::kvd_path()}, environment};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return harness::run(command);
}

harness::Finished run_kvctl(const std::string& endpoints, const std::vector<std::string>& arguments,
                            const std::string& input) {
    harness::CommandLine command{{harness::kvctl_path(), "--endpoints", endpoints}};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return harness::run(command, harness::patience, input);
}

std::string last_line(const std::string& text) {
    const auto last = text.find_last_not_of('\n');
    if (last == std::string::npos) return "";
    const auto break_before = text.rfind('\n', last);
    const auto begin = break_before == std::string::npos ? 0 : break_before + 1;
    return text.substr(begin, last - begin + 1);
}

testing::AssertionResult refuses(const harness::Finished& finished, int status,
                                 const std::vector<std::string>& texts) {
    const auto fail = [&](const std::string& what) {
        return testing::AssertionFailure()
               << what << "; it " << describe(finished.ending) << " and printed:\n"
               << finished.out << finished.err;
    };
    if (finished.status() != status) return fail("the status should be " + std::to_string(status));
    const auto line = last_line(finished.err);
    for (const auto& text : texts) {
        if (line.find(text) == std::string::npos)
            return fail("'" + text + "' should be in the last line of stderr");
    }
    return testing::AssertionSuccess();
}

void put(Client& client, const std::string& key, const std::string& value) {
    const auto result = client.put(key, value);
    ASSERT_TRUE(result.ok()) << key << ": " << result.error().message;
}

std::string get(Client& client, const std::string& key) {
    const auto result = client.get(key);
    if (!result.ok()) {
        ADD_FAILURE() << key << ": " << result.error().message;
        return "(none)";
    }
    return result->kvs.empty() ? "(none)" : result->kvs.front().value;
}

void put_numbered(Client& client, int count) {
    for (int i = 0; i < count; ++i)
        put(client, "k" + std::to_string(i), "v" + std::to_string(i));
}

void expect_numbered(Client& client, int count) {
    for (int i = 0; i < count; ++i)
        EXPECT_EQ(get(client, "k" + std::to_string(i)), "v" + std::to_string(i));
}

}  // namespace kvbus
