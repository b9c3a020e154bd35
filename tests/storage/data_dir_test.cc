// The directories that a store refuses, and what it says.

#include "storage/data_dir.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/support.h"

namespace kvbus::storage {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Error error_of_opening(const fs::path& dir) {
    const auto opened = open_store(dir);
    EXPECT_FALSE(opened.ok());
    const Error error = opened.ok() ? Error{} : opened.error();
    EXPECT_THAT(error.message, AllOf(HasSubstr(dir.native()), Not(HasSubstr("\n"))));
    return error;
}

TEST(DataDir, IsMadeForThisUserAlone) {
    const TempDir temp;
    const fs::path dir = temp.path() / "a" / "b" / "n1";
    ASSERT_TRUE(open_store(dir).ok());
    EXPECT_EQ(fs::status(dir).permissions(), fs::perms::owner_all);
    EXPECT_TRUE(open_store(dir).ok()) << "and used again";
}

TEST(DataDir, MayBeNamedRelativeToWhereTheProcessStarted) {
    const TempDir temp;
    const fs::path before = fs::current_path();
    fs::current_path(temp.path());
    for (const char* dir : {"n1", "./n2", "n3/", "a/n4"})
        EXPECT_TRUE(open_store(dir).ok()) << dir;
    fs::current_path(before);
    EXPECT_EQ(fs::status(temp.path() / "a" / "n4").permissions(), fs::perms::owner_all);
}

TEST(DataDir, MayExistEmpty) {
    const TempDir temp;
    fs::create_directory(temp.data());
    fs::create_directory(temp.data() / "lost+found");
    EXPECT_TRUE(open_store(temp.data()).ok());
    EXPECT_TRUE(open_store(temp.data() / "").ok()) << "a slash at the end changes nothing";
}

TEST(DataDir, IsNoFile) {
    const TempDir temp;
    std::ofstream(temp.data()) << "x";
    const Error error = error_of_opening(temp.data());
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("is not a directory; choose another --data-dir"));
}

TEST(DataDir, IsNotBelowAFile) {
    const TempDir temp;
    std::ofstream(temp.path() / "file") << "x";
    EXPECT_EQ(error_of_opening(temp.path() / "file" / "n1").code, Code::io);
}

TEST(DataDir, HoldsNothingOfOthers) {
    const TempDir temp;
    fs::create_directory(temp.data());
    std::ofstream(temp.data() / "holiday.jpg") << "x";
    const Error error = error_of_opening(temp.data());
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("choose another --data-dir"));
    EXPECT_EQ(std::distance(fs::directory_iterator(temp.data()), {}), 1) << "nothing was added to it";
}

TEST(DataDir, IsUsedByOneStoreOnly) {
    const TempDir temp;
    auto first = open_store(temp.data());
    ASSERT_TRUE(first.ok());
    const Error error = error_of_opening(temp.data());
    EXPECT_EQ(error.code, Code::in_use);
    EXPECT_THAT(error.message, HasSubstr("another kvd uses"));
    first->store.reset();
    EXPECT_TRUE(open_store(temp.data()).ok()) << "free again once it is closed";
}

TEST(DataDir, BelongsToOneNodeOfOneCluster) {
    const TempDir temp;
    ASSERT_TRUE(open_store(temp.data()).ok());
    const auto open_as = [&](const wire::Identity& identity) {
        return LogStore::open({temp.data(), identity},
                              [](machine::Machine&, const raft::Entry&) { return Result<void>{}; });
    };
    const auto other_cluster = open_as({ClusterId{0xc2}, NodeId{0xa1}, "n1"});
    ASSERT_FALSE(other_cluster.ok());
    EXPECT_EQ(other_cluster.error().code, Code::wrong_cluster);
    const auto other_node = open_as({ClusterId{0xc1}, NodeId{0xa2}, "n2"});
    ASSERT_FALSE(other_node.ok());
    EXPECT_EQ(other_node.error().code, Code::wrong_cluster);
    EXPECT_THAT(other_node.error().message,
                AllOf(HasSubstr("n1 (a1) of cluster c1"), HasSubstr("n2 (a2) of cluster c1"),
                      HasSubstr("--data-dir")));
    EXPECT_TRUE(open_store(temp.data()).ok());
}

TEST(DataDir, AStartThatWasCutShortIsTakenUpAgain) {
    const TempDir temp;
    fs::create_directory(temp.data());
    std::ofstream(temp.data() / "DURABLE").close();
    EXPECT_TRUE(open_store(temp.data()).ok());
}

// Root may write anywhere, so for once be nobody.
class AsNobody {
  public:
    AsNobody() { changed_ = geteuid() == 0 && seteuid(65534) == 0; }
    ~AsNobody() {
        if (!changed_) return;
        EXPECT_EQ(seteuid(0), 0);
    }

  private:
    bool changed_ = false;
};

TEST(DataDir, MustBeWritable) {
    const TempDir temp;
    fs::create_directory(temp.data());
    fs::permissions(temp.path(), fs::perms{0555});
    fs::permissions(temp.data(), fs::perms{0555});
    const AsNobody nobody;
    for (const fs::path& dir : {temp.data(), temp.path() / "new"}) {
        const Error error = error_of_opening(dir);
        EXPECT_EQ(error.code, Code::io);
        EXPECT_THAT(error.message, HasSubstr("let this user write there, or choose another --data-dir"));
    }
}

TEST(DataDir, MustBeReachable) {
    const TempDir temp;
    fs::create_directory(temp.data());
    fs::permissions(temp.path(), fs::perms{0});
    const AsNobody nobody;
    EXPECT_EQ(error_of_opening(temp.data()).code, Code::io);
}

}  // namespace
}  // namespace kvbus::storage
