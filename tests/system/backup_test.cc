// Backups by kvctl snapshot: of a cluster that goes on, into clusters that go on from there.
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <regex>
#include <string>
#include <thread>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

namespace fs = std::filesystem;

class BackupTest : public KvctlTest {
  protected:
    explicit BackupTest(int nodes = 1) : KvctlTest(nodes) {}

    // On a busy machine, what takes longer than a second tells its progress on stderr.
    std::string ask(const std::vector<std::string>& arguments) {
        const auto finished = run(arguments);
        EXPECT_EQ(finished.status(), 0) << arguments[0] << ": " << finished.err;
        return finished.out;
    }
    [[nodiscard]] std::string file(const std::string& name = "backup.kvb") const { return dir_ / name; }
    void save(const std::string& name = "backup.kvb") {
        EXPECT_EQ(ask({"snapshot", "save", file(name)}), "Snapshot saved at " + file(name) + "\n");
    }
    // What `snapshot status` says under this name.
    [[nodiscard]] std::string status_of(const std::string& name, const std::string& path) {
        const std::string all = ask({"snapshot", "status", path, "-w", "json"});
        std::smatch found;
        return std::regex_search(all, found, std::regex("\"" + name + "\":\"?([^,\"]*)")) ? found[1].str()
                                                                                          : all;
    }
    // Has every node of this cluster begin with the backup, under their old names and addresses.
    void restore_all(const std::vector<std::string>& flags = {}) {
        for (int node = 0; node < cluster_.size(); ++node) {
            const fs::path dir = dir_ / ("restored-" + harness::Cluster::name(node));
            std::vector<std::string> words{"snapshot", "restore", file(), "--data-dir", dir};
            words.insert(words.end(), flags.begin(), flags.end());
            (void)ask(words);
            cluster_.set_data_dir(node, dir);
        }
    }
    void kill_all() {
        for (int node = 0; node < cluster_.size(); ++node)
            cluster_.kill(node);
    }
    [[nodiscard]] ClusterId cluster_id(int node = 0) {
        const auto status = cluster_.status(node);
        if (!status.ok()) throw harness::Failure(status.error().message);
        return status->header.cluster;
    }
    // Some MiB in keys that are overwritten.
    void write_mebibytes(int mebibytes) {
        Client client({.endpoints = cluster_.endpoints()});
        for (int i = 0; i < mebibytes * 4; ++i)
            put(client, "big" + std::to_string(i % 64),
                std::string(256 << 10, static_cast<char>('a' + i % 26)));
    }
};

class BackupOfThreeTest : public BackupTest {
  protected:
    BackupOfThreeTest() : BackupTest(3) {}
};

// Writes, as long as it lives.
class Load {
  public:
    explicit Load(const harness::Cluster& cluster)
        : client_({.endpoints = cluster.endpoints()}), thread_([this] { run(); }) {}
    ~Load() { end(); }
    void end() {
        ending_ = true;
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] int writes() const { return writes_; }
    void wait_for_writes(int more) const {
        const int until = writes_ + more;
        harness::wait_for("writes", harness::patience,
                          [&]() -> std::string { return writes_ >= until ? "" : "there are too few"; });
    }

  private:
    void run() {
        for (int i = 0; !ending_; ++i) {
            const std::string key = "load/" + std::to_string(i % 500);
            const bool removes = i % 7 == 0;
            const bool done = removes ? client_.remove(key).ok() : client_.put(key, std::to_string(i)).ok();
            if (done) ++writes_;
        }
    }
    Client client_;
    std::atomic<int> writes_ = 0;
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

TEST_F(BackupOfThreeTest, UnderLoadRestoresIntoANewClusterWithTheSameContent) {
    (void)ask({"compaction", "1"});
    Load load(cluster_);
    load.wait_for_writes(1000);
    for (int round = 0; round < 3; ++round) {
        const std::string key = "before " + std::to_string(round);
        (void)ask({"put", key, "acknowledged"});
        const std::string backup = file("of-node-" + std::to_string(round));
        const int before = load.writes();
        const auto saved = run_kvctl(cluster_.client_url(round), {"snapshot", "save", backup});
        ASSERT_EQ(saved.status(), 0) << saved.err;
        load.wait_for_writes(50);
        EXPECT_GT(load.writes(), before);
        ASSERT_EQ(run({"snapshot", "verify", backup}).status(), 0);

        const std::string revision = status_of("revision", backup);
        const std::string content = ask({"export", "", "--rev", revision});
        EXPECT_NE(ask({"get", key, "--rev", revision}).find("acknowledged"), std::string::npos);

        harness::Cluster restored(dir_);
        for (int node = 0; node < restored.size(); ++node) {
            const std::string dir = file("new-" + std::to_string(round) + harness::Cluster::name(node));
            (void)ask({"snapshot", "restore", backup, "--data-dir", dir});
            restored.set_data_dir(node, dir);
        }
        restored.start_all();
        const auto exported = run_kvctl(restored.endpoint_list(), {"export", "", "--rev", revision});
        EXPECT_EQ(exported.status(), 0) << exported.err;
        EXPECT_TRUE(exported.out == content) << "of node " << round;
        const auto written = run_kvctl(restored.endpoint_list(), {"put", "it", "goes on"});
        EXPECT_EQ(written.status(), 0) << written.err;
        restored.wait_for_agreement();
        EXPECT_EQ(ask({"get", "it"}), "") << "and the other cluster does not notice";
    }
    load.end();
    cluster_.wait_for_agreement();
}

TEST_F(BackupOfThreeTest, IsANewClusterUnderTheOldNamesThatTellsOldWatchersSo) {
    (void)ask({"put", "k", "backed up"});
    save();
    (void)ask({"put", "k", "lost"});
    const ClusterId old = cluster_id();
    kill_all();
    restore_all({"--bump-revision", "1000"});
    cluster_.start_all();
    EXPECT_NE(cluster_id(), old);
    EXPECT_EQ(cluster_id(1), cluster_id(2));
    EXPECT_EQ(ask({"get", "k", "--print-value-only"}), "backed up\n");

    // Who saw "lost" at revision 3 would wait for 4.
    const auto watch = run({"watch", "k", "--rev", "4"});
    EXPECT_EQ(watch.status(), exit_watch);
    EXPECT_NE(watch.err.find("compacted"), std::string::npos) << watch.err;
    EXPECT_NE(ask({"put", "k", "new", "-w", "json"}).find("\"revision\":1003"), std::string::npos);
    EXPECT_NE(ask({"watch", "k", "--rev", "1003", "--count", "1"}).find("new"), std::string::npos);

    // A node that is started without the backup is of another cluster, and changes nothing in this one.
    cluster_.kill(2);
    cluster_.set_data_dir(2, dir_ / "empty");
    cluster_.start(2);
    (void)ask({"put", "k", "newer"});
    EXPECT_FALSE(run_kvctl(cluster_.client_url(2), {"get", "k", "--command-timeout", "500ms"}).status() == 0);
}

TEST_F(BackupTest, ANodeThatWasRestoredKeepsToItsConfiguration) {
    (void)ask({"put", "k", "v"});
    save();
    kill_all();
    restore_all();
    cluster_.start_all();
    cluster_.kill(0);
    harness::CommandLine other = cluster_.command(0);
    other.arguments.insert(other.arguments.end(), {"--initial-cluster-token", "another"});
    EXPECT_TRUE(refuses(harness::run(other), exit_configuration,
                        {cluster_.data_dir(0).string(), "belongs to node n1"}));
    cluster_.start_all();
    EXPECT_EQ(ask({"get", "k", "--print-value-only"}), "v\n");
}

// At each point of it that shows outside.
TEST_F(BackupTest, AFirstStartThatIsKilledIsGoneOnWith) {
    write_mebibytes(8);
    save();
    const std::string content = ask({"export", ""});
    kill_all();
    const auto exists = [&](const char* name) { return fs::exists(cluster_.data_dir(0) / name); };
    const std::function<bool()> points[] = {[] { return true; }, [&] { return exists("DURABLE"); },
                                            [&] { return exists("CURRENT"); },
                                            [&] { return !exists("RESTORE"); }};
    for (const auto& reached : points) {
        fs::remove_all(dir_ / "restored-n1");
        restore_all();
        cluster_.start(0);
        harness::wait_for("the point", harness::patience,
                          [&]() -> std::string { return reached() ? "" : "not reached"; });
        cluster_.kill(0);
        cluster_.start_all();
        EXPECT_TRUE(ask({"export", ""}) == content);
        cluster_.kill(0);
    }
}

TEST_F(BackupTest, WhatIsCutOffIsGoneOnWith) {
    write_mebibytes(6);
    save();
    const std::string whole = harness::read_file(file());
    fs::remove(file());
    harness::write_file(file() + ".part", whole.substr(0, whole.size() / 2));
    const auto resumed = run({"snapshot", "save", file()});
    EXPECT_EQ(resumed.status(), 0) << resumed.err;
    EXPECT_NE(resumed.err.find("goes on"), std::string::npos) << resumed.err;
    EXPECT_TRUE(harness::read_file(file()) == whole) << "it is the same backup";
    EXPECT_FALSE(fs::exists(file() + ".part"));

    // The node has another snapshot then.
    (void)ask({"put", "k", "later"});
    save("another.kvb");
    fs::remove(file());
    harness::write_file(file() + ".part", whole.substr(0, whole.size() / 2));
    const auto anew = run({"snapshot", "save", file()});
    EXPECT_EQ(anew.status(), 0) << anew.err;
    EXPECT_NE(anew.err.find("begins anew"), std::string::npos) << anew.err;
    EXPECT_NE(status_of("revision", file()), "") << "and is whole";
    EXPECT_EQ(run({"snapshot", "verify", file()}).status(), 0);
}

TEST_F(BackupTest, AnInterruptionSaysHowToGoOn) {
    write_mebibytes(4);
    cluster_.pause(0);
    const auto saving = start("saving", {"snapshot", "save", file()});
    harness::wait_for("the file", harness::patience,
                      [&]() -> std::string { return fs::exists(file() + ".part") ? "" : "there is none"; });
    EXPECT_TRUE(refuses(run({"snapshot", "save", file()}), 1, {file() + ".part", "another kvctl"}));
    EXPECT_TRUE(fs::exists(file() + ".part"));
    EXPECT_EQ(saving.end(SIGINT), harness::Ending{.status = 1});
    EXPECT_NE(saving.printed().find("the same command goes on"), std::string::npos) << saving.printed();
    cluster_.resume(0);
    save();
}

TEST_F(BackupTest, ABackupIsNotOverwritten) {
    save();
    const std::string before = harness::read_file(file());
    EXPECT_TRUE(refuses(run({"snapshot", "save", file()}), exit_input, {file(), "is there already"}));
    EXPECT_EQ(harness::read_file(file()), before);
}

TEST_F(BackupTest, WithoutANodeThereIsNothing) {
    constexpr int exit_connection = 2;
    kill_all();
    EXPECT_EQ(run({"snapshot", "save", file(), "--dial-timeout", "300ms"}).status(), exit_connection);
    EXPECT_FALSE(fs::exists(file()));
    EXPECT_FALSE(fs::exists(file() + ".part"));
}

TEST_F(BackupTest, BadFilesAreNamedWithTheirDamage) {
    (void)ask({"put", "k", "v"});
    save();
    const std::string whole = harness::read_file(file());
    const std::string bad = file("bad.kvb");
    std::string flipped = whole;
    flipped.back() ^= 1;
    const std::string cut = whole.substr(0, whole.size() - 3);

    harness::write_file(bad, flipped);
    EXPECT_TRUE(refuses(run({"snapshot", "verify", bad}), exit_input, {bad, "at byte", "chunk", "hash"}));
    EXPECT_TRUE(
        refuses(run({"snapshot", "restore", bad, "--data-dir", file("dir")}), exit_input, {bad, "at byte"}));
    EXPECT_TRUE(fs::is_empty(file("dir")));
    harness::write_file(bad, cut);
    EXPECT_TRUE(refuses(run({"snapshot", "verify", bad}), exit_input, {bad, "cut off"}));
    EXPECT_TRUE(refuses(run({"snapshot", "status", bad}), exit_input, {bad, "bytes"}));
    harness::write_file(bad, "something else altogether");
    EXPECT_TRUE(refuses(run({"snapshot", "status", bad}), exit_input, {bad, "no backup"}));
    for (const char* command : {"status", "verify"})
        EXPECT_TRUE(refuses(run({"snapshot", command, file("none")}), exit_arguments, {"cannot be read"}));
    EXPECT_EQ(run({"snapshot", "restore", file(), "--data-dir", file("dir")}).status(), 0)
        << "what failed before left nothing behind";
}

TEST_F(BackupTest, BadDirectoriesAreNamed) {
    (void)ask({"put", "k", "v"});
    save();
    EXPECT_TRUE(refuses(run({"snapshot", "restore", file(), "--data-dir", cluster_.data_dir(0)}), exit_input,
                        {cluster_.data_dir(0), "is not empty"}));
    EXPECT_TRUE(refuses(run({"snapshot", "restore", file(), "--data-dir", "/proc/none"}), 1, {"/proc/none"}));
    EXPECT_TRUE(refuses(run({"snapshot", "save", "/proc/none"}), 1, {"/proc/none"}));
    EXPECT_TRUE(refuses(run({"snapshot", "save", file("missing") + "/backup.kvb"}), 1, {"missing"}));

    (void)ask({"snapshot", "restore", file(), "--data-dir", file("dir")});
    for (const auto& entry : fs::directory_iterator(file("dir"))) {
        if (entry.path().extension() != ".snapshot") continue;
        auto content = harness::read_file(entry.path());
        content.back() ^= 1;
        harness::write_file(entry.path(), content);
    }
    kill_all();
    cluster_.set_data_dir(0, file("dir"));
    EXPECT_TRUE(
        refuses(harness::run(cluster_.command(0)), exit_damaged, {file("dir"), "restore the backup again"}));
}

TEST_F(BackupTest, AFullDiskLosesNothingThatIsThere) {
    if (unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "mounting a small filesystem takes root";
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        GTEST_SKIP() << "in a chroot a mount would show outside";
    write_mebibytes(4);
    const fs::path disk = dir_ / "disk";
    fs::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) harness::fail_with_errno("mount a tmpfs");
    const std::string small = disk / "backup.kvb";
    EXPECT_TRUE(refuses(run({"snapshot", "save", small}), 4, {small, "No space left"}));
    save();
    EXPECT_TRUE(
        refuses(run({"snapshot", "restore", file(), "--data-dir", disk / "dir"}), 4, {"no space left"}));
    EXPECT_TRUE(fs::is_empty(disk / "dir"));
    umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(BackupTest, StatusTellsWhatItIsOf) {
    (void)ask({"put", "k", "v"});
    save();
    EXPECT_EQ(status_of("revision", file()), "2");
    EXPECT_EQ(status_of("totalKey", file()), "1");
    EXPECT_EQ(status_of("totalSize", file()), std::to_string(fs::file_size(file())));
    EXPECT_EQ(status_of("cluster_id", file()), std::to_string(cluster_id().value));
    EXPECT_EQ(ask({"snapshot", "verify", file()}), ask({"snapshot", "status", file()}));
    EXPECT_NE(ask({"snapshot", "status", file(), "-w", "table"}).find("TOTAL KEYS"), std::string::npos);
}

}  // namespace
}  // namespace kvbus
