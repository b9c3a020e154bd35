#include "sim/kept_plans.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "sim/options.h"

namespace kvbus::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class KeptPlans : public ::testing::Test {
  protected:
    KeptPlans() { std::filesystem::create_directories(directory_); }
    ~KeptPlans() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream{directory_ + "/" + name} << text;
    }

    std::string directory_ = ::testing::TempDir() + "kept_plans_test";
};

TEST_F(KeptPlans, AreReadByNameWithTheirMutants) {
    write("b.plan", "# What was wrong.\n# mutant double-vote\nseed 7\n");
    write("a.plan", "# mutant local-read\nnodes 5\n");
    write("notes.txt", "no plan");
    const auto plans = read_kept_plans(directory_);
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].mutant, "local-read");
    EXPECT_EQ(plans[0].plan.nodes, 5U);
    EXPECT_EQ(plans[1].mutant, "double-vote");
    EXPECT_EQ(plans[1].plan.seed, 7U);
    EXPECT_EQ(read_plan(plans[1].file), plans[1].plan);
}

TEST_F(KeptPlans, ThatMakeNoSenseAreNamed) {
    const auto reading = [&] { (void)read_kept_plans(directory_); };
    EXPECT_THAT(reading, ThrowsMessage<BadInput>(HasSubstr("is called *.plan")));
    write("a.plan", "seed 1\n");
    EXPECT_THAT(reading, ThrowsMessage<BadInput>(HasSubstr("a.plan: the line '# mutant NAME' is missing")));
    write("a.plan", "# mutant of-no-name\nseed 1\n");
    EXPECT_THAT(reading, ThrowsMessage<BadInput>(HasSubstr("a.plan: the line '# mutant NAME' is missing")));
    write("a.plan", "# mutant double-vote\nseeds 1\n");
    EXPECT_THAT(reading, ThrowsMessage<BadInput>(HasSubstr("a.plan: ")));
    EXPECT_THAT([&] { (void)read_kept_plans(directory_ + "/none"); },
                ThrowsMessage<BadInput>(HasSubstr("/none is no directory")));
}

}  // namespace
}  // namespace kvbus::sim
