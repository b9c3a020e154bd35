// A cluster of real kvd processes on loopback ports of its own, each with its data and its log in the test's
// directory: started, killed, paused and watched from here. One thread; it must outlive the processes.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"
#include "system/harness/ports.h"
#include "system/harness/process.h"
#include "system/harness/test_dir.h"
#include "system/harness/wait.h"

namespace kvbus::harness {

// The programs under test.
[[nodiscard]] std::string kvd_path();
[[nodiscard]] std::string kvctl_path();

// How long a cluster of healthy nodes may take over anything on a busy machine before a test gives up.
constexpr Duration patience = std::chrono::seconds{30};

struct ClusterOptions {
    int nodes = 3;
    std::vector<std::string> flags = {};  // of every node, on top of those that make it a node
};

struct Leader {
    int node = 0;
    std::uint64_t term = 0;
};

class Cluster {
  public:
    // Starts nothing yet. `dir` must outlive it.
    explicit Cluster(const TestDir& dir, ClusterOptions options = {});
    ~Cluster();

    // Nodes are numbered from 0; node i is called n(i+1).
    [[nodiscard]] int size() const { return static_cast<int>(nodes_.size()); }
    [[nodiscard]] static std::string name(int node) { return "n" + std::to_string(node + 1); }
    [[nodiscard]] std::string client_url(int node) const { return at(node).client.url(); }
    [[nodiscard]] std::string peer_url(int node) const { return at(node).peer.url(); }
    [[nodiscard]] std::filesystem::path data_dir(int node) const { return at(node).data_dir; }
    void set_data_dir(int node, std::filesystem::path data_dir) { at(node).data_dir = std::move(data_dir); }
    [[nodiscard]] std::filesystem::path log(int node) const { return dir_ / (name(node) + ".log"); }
    [[nodiscard]] CommandLine command(int node) const;
    [[nodiscard]] std::vector<std::string> endpoints() const;  // all client URLs
    [[nodiscard]] std::string endpoint_list() const;           // the same with commas between

    void start(int node);
    void start_all();  // and waits until all serve
    void kill(int node) { kill(std::vector{node}); }
    void kill(const std::vector<int>& nodes);  // kill -9, all at once; returns when they are gone
    Ending stop(int node);                     // SIGTERM; how it ended
    void pause(int node);                      // SIGSTOP
    void resume(int node);                     // SIGCONT
    Ending wait_for_ending(int node);          // of a node that ends by itself
    [[nodiscard]] bool runs(int node);
    [[nodiscard]] pid_t pid(int node) const { return at(node).process->pid(); }  // of one that was started

    [[nodiscard]] Result<EndpointStatus> status(int node);

    // Throws Failure when a node that was started, and neither killed nor stopped since, has ended.
    void must_run(int node);

    // Throw Failure when they last longer than `patience`, or when a node that they wait for has ended.
    void wait_until_serving(int node);
    Leader wait_for_leader();             // among the nodes that run and are not paused
    void wait_until_caught_up(int node);  // has applied what was committed anywhere when this was called
    void wait_for_agreement();            // all that run: same applied index, same state hash

  private:
    struct Node {
        Port client;
        Port peer;
        std::filesystem::path data_dir;
        std::unique_ptr<Process> process;
        bool paused = false;
    };
    [[nodiscard]] Node& at(int node) { return nodes_.at(static_cast<std::size_t>(node)); }
    [[nodiscard]] const Node& at(int node) const { return nodes_.at(static_cast<std::size_t>(node)); }
    [[nodiscard]] bool answers(int node) { return runs(node) && !at(node).paused; }
    [[nodiscard]] std::unique_ptr<Process> release(int node);

    const TestDir& dir_;
    ClusterOptions options_;
    std::vector<Node> nodes_;
    std::unique_ptr<Client> observer_;
};

}  // namespace kvbus::harness
