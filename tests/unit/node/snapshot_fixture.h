// Nodes that take small snapshots often.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {

inline Config small_snapshots() {
    Config config;
    config.raft.log_window_bytes = 1 << 10;
    config.disk_free_bytes_min = 1 << 20;
    config.snapshots = {.log_bytes_min = 8 << 10,
                        .log_percent = 0,
                        .log_bytes_kept = 1 << 10,
                        .parts_per_turn = 4,
                        .chunk_bytes = 512};
    return config;
}

class Snapshots : public ::testing::Test {
  protected:
    explicit Snapshots(int nodes = 3) : cluster(nodes, small_snapshots()) { cluster.elect(1); }

    // As many bytes of log as snapshots are taken at, in keys of their own.
    void write_much(int node = 1) {
        for (int i = 0; i < 40; ++i) {
            const std::string key = "k" + std::to_string(++keys_);
            cluster.request(node, "c" + key, put(1, key, std::string(256, 'v')));
            cluster.step();
        }
        cluster.advance(std::chrono::milliseconds{60});
    }
    void catch_up(int node) {
        cluster.heal();
        for (int i = 0; i < 100 && revision(node) != revision(1); ++i)
            cluster.advance(std::chrono::milliseconds{100});
    }

    [[nodiscard]] wire::NodeStatus status(int node) { return cluster.node(node).status(cluster.now()); }
    [[nodiscard]] Revision revision(int node) { return cluster.node(node).machine().revision(); }
    [[nodiscard]] bool is_whole(int node) {
        return cluster.node(node).machine().state_hash() == cluster.node(1).machine().state_hash() &&
               cluster.node(node).machine().key_count() == static_cast<std::uint64_t>(keys_);
    }

    Cluster cluster;

  private:
    int keys_ = 0;
};

}  // namespace kvbus::node::testing
