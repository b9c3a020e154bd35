#include "base/blob.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kvbus {
namespace {

TEST(Blob, IsEmptyByDefault) {
    const Blob blob;
    EXPECT_TRUE(blob.empty());
    EXPECT_EQ(blob.view(), "");
    EXPECT_EQ(Blob::copy_of("").view(), "");
    EXPECT_EQ(Blob::copy_of(""), blob);
}

TEST(Blob, OwnsACopyOfItsBytes) {
    std::string bytes("some\0bytes", 10);
    const Blob blob = Blob::copy_of(bytes);
    bytes.assign(10, 'x');
    EXPECT_EQ(blob.view(), std::string_view("some\0bytes", 10));
    EXPECT_EQ(blob.size(), 10U);
}

TEST(Blob, CopiesShareTheBytes) {
    Blob first = Blob::copy_of("shared");
    const Blob second = first;
    EXPECT_EQ(first.view().data(), second.view().data());
    first = Blob::copy_of("other");
    EXPECT_EQ(second.view(), "shared");
    EXPECT_EQ(first.view(), "other");
}

TEST(Blob, SurvivesAssignmentToItself) {
    Blob blob = Blob::copy_of("self");
    const Blob& same = blob;
    blob = same;
    EXPECT_EQ(blob.view(), "self");
}

TEST(Blob, MovesLeaveNothingBehind) {
    Blob from = Blob::copy_of("moved");
    const Blob to = std::move(from);
    EXPECT_EQ(to.view(), "moved");
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(Blob, ComparesByContent) {
    EXPECT_EQ(Blob::copy_of("same"), Blob::copy_of("same"));
    EXPECT_NE(Blob::copy_of("same"), Blob::copy_of("other"));
}

// The sanitizers watch: every copy may be dropped on a thread of its own, the last one frees.
TEST(Blob, IsSharedBetweenThreads) {
    for (int round = 0; round < 100; ++round) {
        std::vector<std::thread> threads;
        Blob blob = Blob::copy_of("shared");
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([copy = blob] { EXPECT_EQ(Blob(copy).view(), "shared"); });
        }
        blob = {};
        for (auto& thread : threads)
            thread.join();
    }
}

}  // namespace
}  // namespace kvbus
