// A log that is not what the node once wrote. What could hide an acknowledged write makes the node stay down;
// the torn end of a write that nobody was told about does not.
#include <filesystem>
#include <string>

#include "system/system_test.h"

namespace kvbus {
namespace {

namespace fs = std::filesystem;

class DamageTest : public SystemTest {
  protected:
    static constexpr int writes = 200;

    DamageTest() : cluster_(dir_, {.nodes = 1}) {
        cluster_.start_all();
        Client client({.endpoints = cluster_.endpoints()});
        put_numbered(client, writes);
        cluster_.kill(0);
    }

    // The largest file with that extension.
    [[nodiscard]] fs::path file(const std::string& extension) const {
        fs::path largest;
        for (const auto& entry : fs::recursive_directory_iterator(cluster_.data_dir(0))) {
            if (entry.path().extension() != extension) continue;
            if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
        }
        if (largest.empty())
            throw harness::Failure("no *" + extension + " in " + cluster_.data_dir(0).string());
        return largest;
    }
    static void flip_a_bit_in_the_middle(const fs::path& path) {
        auto content = harness::read_file(path);
        content.at(content.size() / 2) ^= 4;
        harness::write_file(path, content);
    }
    [[nodiscard]] harness::Finished start_again() const { return harness::run(cluster_.command(0)); }
    [[nodiscard]] testing::AssertionResult stays_down() const {
        return refuses(start_again(), exit_damaged, {cluster_.data_dir(0).string(), "damaged"});
    }
    void expect_all_there() {
        cluster_.start_all();
        Client client({.endpoints = cluster_.endpoints()});
        expect_numbered(client, writes);
    }

    harness::Cluster cluster_;
};

TEST_F(DamageTest, NoneIsNone) {
    expect_all_there();
}

TEST_F(DamageTest, AFlippedBitInTheMiddleOfTheLogFile) {
    flip_a_bit_in_the_middle(file(".log"));
    EXPECT_TRUE(stays_down());
    EXPECT_TRUE(stays_down()) << "and it stays so";
}

TEST_F(DamageTest, AHoleInTheMiddleOfTheLogFile) {
    const auto path = file(".log");
    auto content = harness::read_file(path);
    content.erase(content.size() / 3, content.size() / 3);
    harness::write_file(path, content);
    EXPECT_TRUE(stays_down());
}

TEST_F(DamageTest, ALogFileThatIsCutShort) {
    const auto path = file(".log");
    fs::resize_file(path, fs::file_size(path) / 2);
    EXPECT_TRUE(stays_down());
}

TEST_F(DamageTest, ALogFileThatIsGone) {
    fs::remove(file(".log"));
    EXPECT_TRUE(stays_down());
}

TEST_F(DamageTest, AFlippedBitInATableFile) {
    expect_all_there();  // starting again moves what was in the log file to a table
    cluster_.kill(0);
    flip_a_bit_in_the_middle(file(".sst"));
    EXPECT_TRUE(stays_down());
}

// A record of which only the beginning was written before the power went.
TEST_F(DamageTest, ATornEndIsNoDamage) {
    const auto path = file(".log");
    const auto content = harness::read_file(path);
    const std::string checksum_length_type("\x12\x34\x56\x78\x00\x10\x01", 7);  // as RocksDB frames a record
    harness::write_file(path, content + checksum_length_type + "the beginning of it");
    expect_all_there();
}

}  // namespace
}  // namespace kvbus
