// Data directories and ports that are not this node's to have.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/system_test.h"

namespace kvbus {
namespace {

class RefusalTest : public SystemTest {
  protected:
    RefusalTest() : cluster_(dir_, {.nodes = 1}) {}

    // A node of its own with another name, token or directory, told by `arguments`.
    [[nodiscard]] harness::Finished run_other(const std::vector<std::string>& arguments) const {
        std::vector<std::string> all{"--listen-client", client_port_.url(), "--listen-peer",
                                     peer_port_.url()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_kvd(all);
    }
    [[nodiscard]] std::string data_dir() const { return cluster_.data_dir(0).string(); }

    // A data directory with something in it that nobody uses any more.
    void leave_data_behind() {
        cluster_.start_all();
        Client client({.endpoints = cluster_.endpoints()});
        put(client, "k", "v");
        cluster_.kill(0);
    }
    void expect_data() {
        cluster_.start_all();
        Client client({.endpoints = cluster_.endpoints()});
        EXPECT_EQ(get(client, "k"), "v");
    }

    harness::Cluster cluster_;
    harness::Port client_port_, peer_port_;
};

TEST_F(RefusalTest, DataDirInUse) {
    cluster_.start_all();
    EXPECT_TRUE(refuses(run_other({"--data-dir", data_dir()}), exit_error,
                        {data_dir(), "another kvd", "--data-dir"}));
    Client client({.endpoints = cluster_.endpoints()});
    put(client, "k", "v");
}

TEST_F(RefusalTest, DataDirOfAnotherNode) {
    leave_data_behind();
    const auto members = "n1=" + cluster_.peer_url(0) + ",n2=" + peer_port_.url();
    EXPECT_TRUE(refuses(run_other({"--name", "n2", "--initial-cluster", members, "--data-dir", data_dir()}),
                        exit_configuration, {data_dir(), "n1"}));
    expect_data();
}

TEST_F(RefusalTest, DataDirOfAnotherCluster) {
    leave_data_behind();
    auto command = cluster_.command(0);
    command.arguments.insert(command.arguments.end(), {"--initial-cluster-token", "other"});
    EXPECT_TRUE(refuses(harness::run(command), exit_configuration, {data_dir(), "cluster", "--data-dir"}));
    expect_data();
}

TEST_F(RefusalTest, DataDirIsAFile) {
    const auto file = (dir_ / "file").string();
    harness::write_file(file, "mine");
    EXPECT_TRUE(refuses(run_other({"--data-dir", file}), exit_configuration, {file, "not a directory"}));
    EXPECT_EQ(harness::read_file(file), "mine");
}

TEST_F(RefusalTest, DataDirHoldsSomethingElse) {
    const auto file = dir_ / "letter.txt";
    harness::write_file(file, "mine");
    EXPECT_TRUE(refuses(run_other({"--data-dir", dir_.path().string()}), exit_configuration,
                        {dir_.path().string(), "--data-dir"}));
    EXPECT_EQ(harness::read_file(file), "mine");
}

// Nobody can make directories there, not even root.
TEST_F(RefusalTest, DataDirCannotBeWritten) {
    const std::string dir = "/sys/kvbus-test";
    EXPECT_TRUE(refuses(run_other({"--data-dir", dir}), exit_error, {dir, "--data-dir"}));
}

class Listener {
  public:
    explicit Listener(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            listen(fd_, 1) != 0)
            harness::fail_with_errno("listen");
    }
    ~Listener() { close(fd_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    int fd_;
};

TEST_F(RefusalTest, PortsInUse) {
    const auto data_dir = (dir_ / "data").string();
    {
        const Listener listener(client_port_.number());
        EXPECT_TRUE(refuses(run_other({"--data-dir", data_dir}), exit_error,
                            {client_port_.url(), "another process"}));
    }
    {
        const Listener listener(peer_port_.number());
        EXPECT_TRUE(
            refuses(run_other({"--data-dir", data_dir}), exit_error, {peer_port_.url(), "another process"}));
    }
}

}  // namespace
}  // namespace kvbus
