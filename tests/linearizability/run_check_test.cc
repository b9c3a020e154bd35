#include "linearizability/run_check.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "linearizability/history_file.h"
#include "linearizability/notation.h"

namespace kvbus::linearizability {
namespace {

class RunCheckTest : public testing::Test {
  protected:
    ~RunCheckTest() override { std::filesystem::remove(file_); }

    int run(const std::vector<std::string_view>& lines) {
        {
            HistoryWriter writer(file_);
            for (const auto& operation : history_of(lines))
                writer.add(operation);
        }
        return run_check(file_, out_, err_);
    }

    std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                  ("kvbus-check-" + std::to_string(getpid()) + "-" +
                                   testing::UnitTest::GetInstance()->current_test_info()->name());
    std::ostringstream out_, err_;
};

TEST_F(RunCheckTest, Linearizable) {
    EXPECT_EQ(run({"0-10 a put 1", "20-30 b get 1", "20-30 b get none on y"}), 0);
    EXPECT_TRUE(out_.str().starts_with("3 operations, 2 keys, ")) << out_.str();
    EXPECT_TRUE(out_.str().ends_with(" s: linearizable\n")) << out_.str();
    EXPECT_EQ(err_.str(), "");
}

TEST_F(RunCheckTest, NotLinearizable) {
    EXPECT_EQ(run({"0-10 a put 1", "20-30 b get 2"}), 1);
    EXPECT_NE(out_.str().find("s: not linearizable\nkey \"x\": "), std::string::npos) << out_.str();
}

TEST_F(RunCheckTest, RevisionsOutOfOrder) {
    EXPECT_EQ(run({"0-10 a put 1 at 3", "20-30 b put 1 on y at 2"}), 1);
    EXPECT_NE(out_.str().find("s: linearizable, revisions out of order\na later write"), std::string::npos)
        << out_.str();
}

TEST_F(RunCheckTest, BadInput) {
    std::ofstream(file_) << "{";
    EXPECT_EQ(run_check(file_, out_, err_), 3);
    EXPECT_EQ(out_.str(), "");
    EXPECT_EQ(err_.str(), file_.string() + ":1: the file ends in the middle of it: was its writer killed?\n");
}

}  // namespace
}  // namespace kvbus::linearizability
