// kvctl repl: a script through a pipe, and a person at a terminal.
#include <string>

#include <gmock/gmock.h>

#include "system/kvctl_fixture.h"
#include "system/scripts.h"

namespace kvbus {
namespace {

using testing::HasSubstr;

using KvctlReplTest = KvctlTest;

TEST_F(KvctlReplTest, RunsAScript) {
    EXPECT_EQ(ask({"repl"}, "put 'a b' \"1 2\"\n\n# a comment\nget 'a b'\nincr n 5\nget n -w jsonl --text\n"),
              "OK\na b\n1 2\n5\n{\"key_text\":\"n\",\"create_revision\":3,\"mod_revision\":3,\"version\":1,"
              "\"value_text\":\"5\"}\n");
    EXPECT_EQ(ask({"repl"}, "txn\n\nput t 1\n\n\nget t\nexit\nnonsense\n"), "SUCCESS\n\nOK\nt\n1\n");
}

TEST_F(KvctlReplTest, GoesOnAfterErrors) {
    const auto finished =
        run({"repl"}, "nonsense\nput k\nget 'x\nrepl\nput k v --if-absent\nput k w --if-absent\nget k\n");
    EXPECT_EQ(finished.status(), 6);
    EXPECT_EQ(finished.out, "OK\nk\nv\n");
    for (const auto* text :
         {"line 1: unknown command: nonsense", "line 2: no VALUE", "line 3: the single quotes",
          "line 4: this is the repl already", "line 6: --if-absent"})
        EXPECT_THAT(finished.err, HasSubstr(text));
}

TEST_F(KvctlReplTest, NeedsATerminalToBeginByItself) {
    EXPECT_TRUE(refuses(run({}), 128, {"a command is missing", "--help"}));
}

TEST_F(KvctlReplTest, HelpsAPersonAtATerminal) {
    const auto finished = run_script(
        "repl_terminal.py", {harness::kvctl_path(), cluster_.client_url(0), (dir_ / "state").string()});
    EXPECT_EQ(finished.status(), 0) << finished.out << finished.err;
    EXPECT_THAT(harness::read_file(dir_ / "state" / "kvctl" / "history"), HasSubstr("history"));
}

}  // namespace
}  // namespace kvbus
