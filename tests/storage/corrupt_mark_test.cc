#include "storage/corrupt_mark.h"

#include <gtest/gtest.h>

#include "storage/disk_thread.h"
#include "storage/support.h"

namespace kvbus::storage {
namespace {

TEST(CorruptMark, StaysUntilItIsTakenAway) {
    const TempDir dir;
    EXPECT_FALSE(read_corrupt_mark(dir.path())->has_value());
    ASSERT_TRUE(write_corrupt_mark(dir.path(), "differs at 5").ok());
    EXPECT_EQ(**read_corrupt_mark(dir.path()), "differs at 5");
    ASSERT_TRUE(write_corrupt_mark(dir.path(), "differs at 6").ok());
    EXPECT_EQ(**read_corrupt_mark(dir.path()), "differs at 6");
    ASSERT_TRUE(write_corrupt_mark(dir.path(), std::nullopt).ok());
    EXPECT_FALSE(read_corrupt_mark(dir.path())->has_value());
    EXPECT_TRUE(write_corrupt_mark(dir.path(), std::nullopt).ok()) << "there was none";
}

TEST(CorruptMark, InADirectoryThatIsGoneIsAnError) {
    const TempDir dir;
    const auto written = write_corrupt_mark(dir.path() / "gone", "why");
    ASSERT_FALSE(written.ok());
    EXPECT_NE(written.error().message.find("gone"), std::string::npos);
}

TEST(CorruptMark, IsWrittenByTheDiskThreadBesideTheLog) {
    const TempDir dir;
    const auto mark = [&](std::optional<std::string> why) {
        auto opened = open_store(dir.data());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        DiskThread disk(std::move(opened->store), std::move(opened->snapshots), {},
                        [](const Error& error) { ADD_FAILURE() << error.message; });
        disk.mark_corrupt(std::move(why));
    };
    mark("why");
    EXPECT_EQ(**read_corrupt_mark(dir.data()), "why");
    mark(std::nullopt);
    EXPECT_FALSE(read_corrupt_mark(dir.data())->has_value());
}

}  // namespace
}  // namespace kvbus::storage
