// Each command's help is complete: a sentence, an example, and a description of every flag.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvctl/completion.h"
#include "unit/kvctl/parser.h"

namespace kvbus::kvctl {
namespace {

using testing::HasSubstr;

std::vector<const CLI::App*> commands_within(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

void for_each_command(const CLI::App& app, const std::function<void(const CLI::App&)>& look) {
    look(app);
    for (const CLI::App* inner : commands_within(app))
        for_each_command(*inner, look);
}

TEST(Help, OfEachCommandIsComplete) {
    const Parser parser;
    int commands = 0;
    for_each_command(parser.app, [&](const CLI::App& app) {
        ++commands;
        EXPECT_GT(app.get_description().size(), 10U) << app.get_name();
        EXPECT_THAT(app.get_footer(), HasSubstr("xample")) << app.get_name();
        EXPECT_THAT(app.get_footer(), HasSubstr("kvctl")) << app.get_name();
        for (const CLI::Option* option : app.get_options())
            EXPECT_GT(option->get_description().size(), 5U) << app.get_name() << " " << option->get_name();
    });
    EXPECT_GT(commands, 25);
}

// An example shows the command that it is of.
TEST(Help, ShowsTheCommandItself) {
    const Parser parser;
    for_each_command(parser.app, [](const CLI::App& app) {
        EXPECT_THAT(app.get_footer(), HasSubstr(app.get_name())) << app.get_footer();
    });
}

TEST(Help, IsThereInEveryWay) {
    std::istringstream nothing;
    Session session(nothing);
    for (const std::vector<std::string>& words : {std::vector<std::string>{"help", "lease", "grant"},
                                                  {"lease", "grant", "--help"},
                                                  {"lease", "grant", "-h"}}) {
        const Finish finish = run_words(words, session);
        EXPECT_EQ(finish.status, 0);
        EXPECT_THAT(finish.out, HasSubstr("kvctl lease grant 60"));
    }
    EXPECT_THAT(run_words({"help"}, session).out, HasSubstr("watch"));
    EXPECT_THAT(run_words({"watch", "--help"}, session).out, HasSubstr("REV=0"));  // the default of --rev
    EXPECT_EQ(run_words({"help", "nonsense"}, session).status, 128);
}

TEST(Help, OfCompletionKnowsTheNewCommands) {
    const Parser parser;
    const std::string script = completion_script(Shell::bash, "kvctl", completed_commands(parser.app));
    for (const char* text : {"watch", "lock", "elect", "history", "repl", "--no-delete", "jsonl"})
        EXPECT_THAT(script, HasSubstr(text));
}

// --- what makes no sense, and is told without asking a cluster ---------------------------------------------

struct Nonsense {
    std::vector<std::string> words;
    int status;
    const char* text;
};

TEST(CommandErrors, NameWhatIsWrong) {
    const Nonsense all[] = {
        {{"watch"}, 128, "KEY is missing"},
        {{"watch", "--prefix"}, 128, "KEY is missing"},
        {{"watch", ""}, 128, "KEY is empty"},
        {{"watch", "k", "--no-put", "--no-delete"}, 128, "--no-put"},
        {{"watch", "k", "z", "--prefix"}, 128, "--prefix"},
        {{"watch", "k", "--prefix", "--from-key"}, 128, "--from-key"},
        {{"watch", "k", "--rev", "-1"}, 128, "--rev"},
        {{"watch", "k", "--count", "x"}, 128, "--count"},
        {{"watch", "k", "--nonsense"}, 128, "--nonsense"},
        {{"watch", "k", "--"}, 128, "--"},
        {{"watch", "a", "b", "c"}, 128, "one argument too many"},
        {{"watch", "-i", "k"}, 128, "-i"},
        {{"lock"}, 128, "NAME"},
        {{"lock", ""}, 3, "NAME is empty"},
        {{"lock", "n", "--ttl", "-5"}, 128, "--ttl"},
        {{"lock", "n", "--ttl", "0"}, 128, "--ttl"},
        {{"lock", "n", "--ttl", "99999999999999999999"}, 128, "--ttl"},
        {{"lock", "n", "--timeout", "soon"}, 128, "--timeout"},
        {{"elect"}, 128, "NAME"},
        {{"elect", "e"}, 128, "VALUE is missing"},
        {{"elect", "-l", "e", "v"}, 128, "-l"},
        {{"elect", "", "v"}, 3, "NAME is empty"},
        {{"history"}, 128, "KEY"},
        {{"history", ""}, 3, "KEY is empty"},
        {{"history", "k", "--rev", "9..3"}, 128, "--rev"},
        {{"history", "k", "--rev", "x"}, 128, "--rev"},
        {{"diff", "--rev", "3", "x", "p"}, 128, "\"x\" is no second revision"},
        {{"get", "k", "-w", "xml"}, 128, "jsonl"},
        {{"snapshot", "save"}, 128, "FILE"},
        {{"snapshot", "restore", "x"}, 128, "--data-dir"},
        {{"snapshot", "restore", "x", "--data-dir", "d", "--bump-revision", "-1"}, 128, "--bump-revision"},
        {{"snapshot", "restore", "/none", "--data-dir", "d"}, 128, "cannot be read"},
        {{"snapshot", "verify", "/none"}, 128, "cannot be read"},
        {{"snapshot", "nonsense"}, 128, "nonsense"},
        {{"nonsense"}, 128, "unknown command"},
    };
    std::istringstream nothing;
    Session session(nothing);
    for (const Nonsense& one : all) {
        std::string line;
        for (const std::string& word : one.words)
            line += word + " ";
        const Finish finish = run_words(one.words, session);
        EXPECT_EQ(finish.status, one.status) << line;
        EXPECT_EQ(finish.out, "") << line;
        ASSERT_EQ(finish.errors.size(), 1U) << line;
        EXPECT_THAT(finish.errors[0], HasSubstr(one.text)) << line;
    }
}

}  // namespace
}  // namespace kvbus::kvctl
