// A filesystem that runs full under the log: a clear end, and nothing lost once there is space again.

#include <filesystem>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/child_process.h"
#include "storage/support.h"

namespace kvbus::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(FullDisk, EndsTheStoreAndLosesNothing) {
    const TempDir temp;
    std::filesystem::create_directory(temp.data());
    ChildProcess child({"fill", temp.data()});

    const auto failure = child.line();
    ASSERT_TRUE(failure);
    if (failure->starts_with("cannot mount")) GTEST_SKIP() << *failure << ": needs root, and no chroot";
    EXPECT_THAT(*failure,
                AllOf(StartsWith("no_space "), HasSubstr(temp.data().native()), HasSubstr("bytes free")));

    const auto durable = child.line();
    ASSERT_TRUE(durable);
    EXPECT_GT(std::stoull(*durable), 500) << "sixteen megabytes hold more entries of 10 kB";

    const auto still_full = child.line();
    ASSERT_TRUE(still_full);
    EXPECT_THAT(*still_full, StartsWith("no_space ")) << "started again before there is space";

    const auto found = child.line();
    ASSERT_TRUE(found);
    EXPECT_GE(std::stoull(*found), std::stoull(*durable));
    EXPECT_EQ(child.exit_code(), 0);
}

TEST(FullDisk, InTheMiddleOfASnapshotLeavesTheOneBefore) {
    const TempDir temp;
    std::filesystem::create_directory(temp.data());
    ChildProcess child({"fill-chunks", temp.data()});

    const auto failure = child.line();
    ASSERT_TRUE(failure);
    if (failure->starts_with("cannot mount")) GTEST_SKIP() << *failure << ": needs root, and no chroot";
    EXPECT_THAT(*failure, AllOf(StartsWith("no_space "), HasSubstr(temp.data().native()),
                                HasSubstr(".snapshot"), HasSubstr("bytes free")));
    EXPECT_EQ(child.line(), "snapshot 1, log from 5 to 20, 1 files");
    EXPECT_EQ(child.exit_code(), 0);
}

}  // namespace
}  // namespace kvbus::storage
