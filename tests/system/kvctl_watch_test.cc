// kvctl watch: what it shows, what it runs, how it ends, and that it goes on when nodes die.
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/kvctl_fixture.h"

namespace kvbus {
namespace {

using testing::HasSubstr;

using KvctlWatchTest = KvctlTest;

TEST_F(KvctlWatchTest, ShowsWhatHappenedSinceARevision) {
    ask({"put", "a", "1"});
    ask({"put", "a", "2"});
    ask({"put", "ab", "3"});
    ask({"del", "a"});
    EXPECT_EQ(ask({"watch", "a", "--rev", "2", "--count", "3"}), "PUT\na\n1\nPUT\na\n2\nDELETE\na\n\n");
    EXPECT_EQ(ask({"watch", "a", "--prefix", "--rev", "3", "--prev-kv", "--count", "2"}),
              "PUT\na\n1\na\n2\nPUT\nab\n3\n");
    EXPECT_EQ(ask({"watch", "a", "b", "--rev", "2", "--count", "1", "--no-put"}), "DELETE\na\n\n");
    EXPECT_EQ(ask({"watch", "a", "--rev", "2", "--count", "1", "--keys-only"}), "PUT\na\n\n");
    EXPECT_EQ(ask({"watch", "", "--prefix", "--rev", "5", "--count", "1", "-w", "jsonl", "--text"}),
              "{\"type\":\"DELETE\",\"key_text\":\"a\",\"mod_revision\":5}\n");
    EXPECT_THAT(
        ask({"watch", "a", "--rev", "2", "--count", "1", "-w", "json"}),
        HasSubstr(R"("Events":[{"kv":{"key":"YQ==","create_revision":2,"mod_revision":2,"version":1,)"));
}

TEST_F(KvctlWatchTest, ShowsWhatHappensNowAndEndsCleanly) {
    for (const int signal : {SIGTERM, SIGINT}) {
        const auto watch = start("watch" + std::to_string(signal), {"watch", "k", "--progress-notify"});
        watch.wait_for("progress notify: ");
        ask({"put", "k", "now"});
        watch.wait_for("PUT\nk\nnow\n");
        EXPECT_EQ(watch.end(signal), harness::Ending{.status = 0});
    }
}

TEST_F(KvctlWatchTest, EndsWithItsReader) {
    const auto finished = harness::run({{"/bin/sh", "-c",
                                         harness::kvctl_path() + " --endpoints " + cluster_.endpoint_list() +
                                             " watch k --progress-notify | head -n 1"}});
    EXPECT_EQ(finished.status(), 0);
    EXPECT_THAT(finished.out, HasSubstr("progress notify: "));
    EXPECT_EQ(finished.err, "");
}

TEST_F(KvctlWatchTest, RunsACommandForEachChange) {
    ask({"put", "k\n", "a \"b\""});
    ask({"del", "k\n"});
    const auto shown = ask({"watch", "", "--prefix", "--rev", "2", "--count", "2", "-w", "jsonl", "--", "sh",
                            "-c", "env | grep -E '^(KVBUS|ETCD)_WATCH_' | sort"});
    std::string expected;
    for (const auto* event : {"\"PUT\"\nKEY=\"k\\n\"\nREVISION=2\nVALUE=\"a \\\"b\\\"\"\n",
                              "\"DELETE\"\nKEY=\"k\\n\"\nREVISION=3\nVALUE=\"\"\n"}) {
        for (const std::string prefix : {"ETCD_WATCH_", "KVBUS_WATCH_"}) {
            std::string lines = std::string("EVENT_TYPE=") + event;
            for (const auto* name : {"EVENT_TYPE=", "KEY=", "REVISION=", "VALUE="})
                lines.replace(lines.find(name), 0, prefix);
            expected += lines;
        }
    }
    std::string environment;
    for (std::size_t at = 0; at < shown.size();) {  // without the changes themselves
        const auto end = shown.find('\n', at) + 1;
        if (shown[at] != '{') environment += shown.substr(at, end - at);
        at = end;
    }
    EXPECT_EQ(environment, expected);
}

TEST_F(KvctlWatchTest, EndsWhenItsCommandFails) {
    ask({"put", "k", "v"});
    EXPECT_TRUE(refuses(run({"watch", "k", "--rev", "2", "--", "sh", "-c", "exit 3"}), 1,
                        {"[\"sh\" \"-c\" \"exit 3\"]", "exit status 3"}));
    EXPECT_TRUE(
        refuses(run({"watch", "k", "--rev", "2", "--", "/no/such"}), 1, {"/no/such", "No such file"}));
}

TEST_F(KvctlWatchTest, NamesTheFirstRevisionThatIsHeld) {
    for (const auto* value : {"1", "2", "3", "4"})
        ask({"put", "k", value});
    ask({"compaction", "4"});
    EXPECT_TRUE(refuses(run({"watch", "k", "--rev", "2"}), exit_watch, {"canceled", "--rev 5"}));
    const auto json = run({"watch", "k", "--rev", "2", "-w", "json"});
    EXPECT_THAT(json.out, HasSubstr("\"CompactRevision\":5,\"Canceled\":true"));
    EXPECT_EQ(ask({"watch", "k", "--rev", "5", "--count", "1"}), "PUT\nk\n4\n");
}

TEST_F(KvctlWatchTest, ReadsWhatToWatchFromLines) {
    ask({"put", "a", "1"});
    const auto lines = (dir_ / "lines").string();
    ASSERT_EQ(mkfifo(lines.c_str(), 0600), 0);
    const int in = open(lines.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(in, 0);
    const auto say = [&](const std::string& line) {
        ASSERT_EQ(write(in, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    };
    const auto output = dir_ / "lines.out";
    harness::Process process({{"/bin/sh", "-c",
                               "exec " + harness::kvctl_path() + " --endpoints " + cluster_.endpoint_list() +
                                   " watch -i < " + lines}},
                             output);
    const auto printed = [&](const std::string& text) {
        harness::wait_for("watch -i to print " + text, harness::patience, [&] {
            const auto now = harness::read_file(output);
            return now.find(text) == std::string::npos ? now : "";
        });
    };
    say("watch a --rev 2\n");
    printed("PUT\na\n1\n");
    say("nonsense\nwatch\nwatch 'b c' --rev=3 -- sh -c 'echo $KVBUS_WATCH_KEY'\n");
    printed("line 2: ");
    printed("line 3: KEY is missing");
    ask({"put", "b c", "2"});
    printed("PUT\nb c\n2\n\"b c\"\n");
    say("progress\n");
    printed("progress notify: ");  // the command that said so has ended
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(harness::patience), harness::Ending{.status = 0});
    close(in);
}

class KvctlWatchClusterTest : public KvctlTest {
  protected:
    KvctlWatchClusterTest() : KvctlTest(3) {}
};

// Whichever node it is connected to dies, and comes back.
TEST_F(KvctlWatchClusterTest, GoesOnWhenNodesDie) {
    constexpr int keys_a_round = 20;
    const auto watch = start("watch", {"watch", "k", "--prefix", "--rev", "1", "-w", "simple"});
    std::string expected;
    Client client({.endpoints = cluster_.endpoints()});
    int keys = 0;
    for (int node = 0; node < cluster_.size(); ++node) {
        for (int i = 0; i < keys_a_round; ++i, ++keys) {
            put(client, "k" + std::to_string(keys), "v");
            expected += "PUT\nk" + std::to_string(keys) + "\nv\n";
            if (i == keys_a_round / 2) cluster_.kill(node);
        }
        watch.wait_for("k" + std::to_string(keys - 1) + "\n");
        cluster_.start(node);
        cluster_.wait_until_serving(node);
    }
    EXPECT_EQ(watch.printed(), expected);
    EXPECT_EQ(watch.end(SIGTERM), harness::Ending{.status = 0});
}

}  // namespace
}  // namespace kvbus
