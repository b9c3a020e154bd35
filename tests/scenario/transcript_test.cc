// Plays each transcript of transcripts/ and compares. With KVBUS_REWRITE_TRANSCRIPTS=1 in the environment it
// writes what really happened instead: only keep that if you can explain every line.

#include "scenario/transcript.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace kvbus::scenario {
namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
}

class Transcript : public testing::Test {
  public:
    explicit Transcript(std::filesystem::path path) : path_(std::move(path)) {}

    void TestBody() override {
        const std::string expected = content_of(path_);
        ASSERT_TRUE(expected.starts_with("# ")) << "a transcript starts by saying what it shows";
        const Played played = play(expected);
        EXPECT_FALSE(played.violation) << *played.violation << "\n" << played.text;
        if (std::getenv("KVBUS_REWRITE_TRANSCRIPTS") != nullptr) {
            std::ofstream(path_) << played.text;
        } else {
            EXPECT_EQ(played.text, expected);
        }
    }

  private:
    std::filesystem::path path_;
};

TEST(TranscriptLanguage, NonsenseIsRefusedWithItsLine) {
    for (const char* nonsense : {"# x\n\ndance 1\n", "run 1s\n", "nodes 3\nrun 10\n", "nodes 3\ncrash 4\n",
                                 "nodes 3\nhold 12\n", "nodes 3 speed=9\n", "nodes 3\npersist 1 maybe\n"}) {
        EXPECT_THROW((void)play(nonsense), std::invalid_argument) << nonsense;
    }
}

TEST(TranscriptLanguage, TheSameTextGivesTheSameRun) {
    const std::string story = "# x\nnodes 5\nshow messages disk\nrun until leader\nrun 3s\n";
    EXPECT_EQ(play(story).text, play(story).text);
}

TEST(TranscriptLanguage, AViolationEndsTheStory) {
    const Played played = play("nodes 1\ncrash 1\ncrash 1\nrun 1s\n----\n");
    ASSERT_TRUE(played.violation);
    EXPECT_TRUE(played.text.ends_with("violation: 1 does not run\n")) << played.text;
}

// One test per file, named after it.
const bool registered = [] {
    std::vector<std::filesystem::path> paths;
    for (const auto& file : std::filesystem::directory_iterator(KVBUS_TRANSCRIPTS))
        paths.push_back(file.path());
    std::ranges::sort(paths);
    for (const auto& path : paths) {
        testing::RegisterTest("Transcript", path.stem().c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [path]() -> testing::Test* { return new Transcript(path); });
    }
    return true;
}();

}  // namespace
}  // namespace kvbus::scenario
