// What kvd makes of its flags, environment and configuration file.
#include <ostream>
#include <string>
#include <vector>

#include "system/system_test.h"

namespace kvbus {
namespace {

struct BadFlags {
    std::string name;
    std::vector<std::string> arguments;
    int status;
    std::vector<std::string> texts;  // the thing that is wrong, and the way out
};

void PrintTo(const BadFlags& bad, std::ostream* out) {
    *out << bad.name;
}

class BadFlagsTest : public testing::TestWithParam<BadFlags> {};

TEST_P(BadFlagsTest, AreNamedInOneLine) {
    const auto& bad = GetParam();
    const auto finished = run_kvd(bad.arguments);
    EXPECT_TRUE(refuses(finished, bad.status, bad.texts));
    EXPECT_EQ(finished.err, last_line(finished.err) + "\n");
    EXPECT_EQ(finished.out, "");
}

const BadFlags bad_flags[] = {
    {"UnknownFlag", {"--nonsense"}, exit_arguments, {"--nonsense", "kvd --help"}},
    {"UnknownArgument", {"serve"}, exit_arguments, {"serve", "kvd --help"}},
    {"MissingValue", {"--name"}, exit_arguments, {"--name", "kvd --help"}},
    {"DevNodes", {"dev", "--nodes", "0"}, exit_arguments, {"--nodes", "kvd --help"}},
    {"Name", {"--name", "a b"}, exit_configuration, {"--name", "a b", "letters"}},
    {"Scheme",
     {"--listen-client", "http://127.0.0.1:1"},
     exit_configuration,
     {"--listen-client", "http://", "tcp://HOST:PORT"}},
    {"NoPort",
     {"--listen-peer", "tcp://127.0.0.1"},
     exit_configuration,
     {"--listen-peer", "tcp://HOST:PORT"}},
    {"PortTooBig",
     {"--listen-peer", "tcp://127.0.0.1:70000"},
     exit_configuration,
     {"--listen-peer", "70000", "tcp://HOST:PORT"}},
    {"AdvertiseUrl",
     {"--advertise-client", "here"},
     exit_configuration,
     {"--advertise-client", "here", "tcp://HOST:PORT"}},
    {"Wildcard",
     {"--listen-peer", "tcp://0.0.0.0:4371"},
     exit_configuration,
     {"--advertise-peer", "0.0.0.0"}},
    {"SamePort",
     {"--listen-peer", "tcp://127.0.0.1:4370"},
     exit_configuration,
     {"--listen-peer", "--listen-client"}},
    {"ClusterForm",
     {"--initial-cluster", "n1"},
     exit_configuration,
     {"--initial-cluster", "n1", "NAME=tcp://HOST:PORT"}},
    {"ClusterUrl",
     {"--initial-cluster", "n1=tcp://x"},
     exit_configuration,
     {"--initial-cluster", "tcp://x", "NAME=tcp://HOST:PORT"}},
    {"ClusterWithoutUs",
     {"--initial-cluster", "n2=tcp://127.0.0.1:4371"},
     exit_configuration,
     {"--initial-cluster", "n1", "--name"}},
    {"ClusterNameTwice",
     {"--initial-cluster", "n1=tcp://127.0.0.1:4371,n1=tcp://127.0.0.1:5371"},
     exit_configuration,
     {"--initial-cluster", "n1"}},
    {"ClusterUrlTwice",
     {"--initial-cluster", "n1=tcp://127.0.0.1:4371,n2=tcp://127.0.0.1:4371"},
     exit_configuration,
     {"--initial-cluster", "tcp://127.0.0.1:4371"}},
    {"ClusterOtherUrl",
     {"--initial-cluster", "n1=tcp://127.0.0.1:9"},
     exit_configuration,
     {"--initial-cluster", "tcp://127.0.0.1:9", "--advertise-peer"}},
    {"Heartbeat", {"--heartbeat-interval", "50"}, exit_configuration, {"--heartbeat-interval", "50", "50ms"}},
    {"ElectionTimeout",
     {"--election-timeout", "200ms"},
     exit_configuration,
     {"--election-timeout", "200ms", "heartbeat"}},
    {"DiskFree", {"--disk-free-min", "much"}, exit_configuration, {"--disk-free-min", "much", "64MiB"}},
    {"IoThreads", {"--io-threads", "0"}, exit_configuration, {"--io-threads", "0", "1 to 8"}},
    {"LogLevel", {"--log-level", "loud"}, exit_configuration, {"--log-level", "loud", "debug"}},
    {"NoConfigFile", {"--config", "missing.toml"}, exit_arguments, {"missing.toml"}},
};

INSTANTIATE_TEST_SUITE_P(Each, BadFlagsTest, testing::ValuesIn(bad_flags),
                         [](const auto& info) { return info.param.name; });

using CommandLineTest = SystemTest;

TEST_F(CommandLineTest, SaysWhatItIs) {
    const auto help = run_kvd({"--help"});
    EXPECT_EQ(help.status(), 0);
    for (const auto* text : {"--data-dir", "--initial-cluster", "KVD_", "--config", "dev"})
        EXPECT_NE(help.out.find(text), std::string::npos) << text;
    const auto version = run_kvd({"--version"});
    EXPECT_EQ(version.status(), 0);
    EXPECT_EQ(version.out.find("kvd "), 0U);
}

// A flag counts before the environment, and that before the file.
TEST_F(CommandLineTest, TakesTheNearestOfFlagEnvironmentAndFile) {
    const auto file = dir_ / "kvd.toml";
    harness::write_file(file, "name = 'from-file'\n");
    const std::vector<std::string> check{"--check-config", "--config", file.string()};
    auto with_flag = check;
    with_flag.insert(with_flag.end(), {"--name", "from-flag"});
    const std::vector<std::string> environment{"KVD_NAME=from-environment"};

    EXPECT_NE(run_kvd(check).out.find("from-file"), std::string::npos);
    EXPECT_NE(run_kvd(check, environment).out.find("from-environment"), std::string::npos);
    EXPECT_NE(run_kvd(with_flag, environment).out.find("from-flag"), std::string::npos);
}

TEST_F(CommandLineTest, NamesWhatIsWrongInTheFile) {
    const auto file = (dir_ / "kvd.toml").string();
    harness::write_file(file, "nmae = 'n1'\n");
    EXPECT_TRUE(refuses(run_kvd({"--config", file}), exit_arguments, {file, "nmae"}));
    harness::write_file(file, "name = \n");
    EXPECT_TRUE(refuses(run_kvd({"--config", file}), exit_arguments, {file, "line 1"}));
    harness::write_file(file, "name = [1]\n");
    EXPECT_TRUE(refuses(run_kvd({"--config", file}), exit_arguments, {file, "name"}));
    harness::write_file(file, "heartbeat-interval = 50\n");
    EXPECT_TRUE(refuses(run_kvd({"--config", file}), exit_configuration, {"heartbeat-interval", "50ms"}));
}

// To journald a line without a priority is just a notice.
TEST_F(CommandLineTest, TellsTheJournalHowBadALineIs) {
    const auto run_with_stream = [&](const std::string& stream) {
        const auto script = "export JOURNAL_STREAM=" + stream + "; exec " + harness::kvd_path() + " \"$@\"";
        return [script](const std::vector<std::string>& arguments) {
            harness::CommandLine command{{"/bin/sh", "-c", script, "kvd"}};
            command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
            return harness::run(command);
        };
    };
    const auto in_journal = run_with_stream("$(stat -L -c %d:%i /dev/stderr)");
    const auto elsewhere = run_with_stream("1:1");  // inherited from a service whose stderr is another
    const std::vector<std::string> no_directory{"--data-dir", "/dev/null/kvd"};
    EXPECT_EQ(last_line(in_journal(no_directory).err).find("<3>kvd: "), 0U);
    EXPECT_EQ(last_line(in_journal({"--nonsense"}).err).find("<3>kvd: "), 0U);
    EXPECT_EQ(last_line(elsewhere(no_directory).err).find("kvd: "), 0U);

    // An address that no machine has (RFC 5737) is noticed after the log has been read.
    const auto late = in_journal({"--data-dir", (dir_ / "data").string(), "--listen-client",
                                  "tcp://192.0.2.1:4370", "--listen-peer", "tcp://192.0.2.1:4371"});
    EXPECT_EQ(late.err.find("<6>info: "), 0U) << late.err;
    EXPECT_NE(late.err.find("\n<3>kvd: "), std::string::npos) << late.err;
}

TEST_F(CommandLineTest, NamesABadVariable) {
    EXPECT_TRUE(
        refuses(run_kvd({}, {"KVD_LISTEN_PEER=nowhere"}), exit_configuration, {"listen-peer", "nowhere"}));
}

}  // namespace
}  // namespace kvbus
