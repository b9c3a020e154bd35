// One node of a simulation: the process that runs node::Node, with a clock of its own, and what becomes of it
// when it is killed, stopped or started again. The production code sees only its ports. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/node.h"
#include "sim/agenda.h"
#include "sim/disk.h"
#include "sim/plan.h"
#include "sim/step_checker.h"

namespace kvbus::sim {

class Replica final : private node::Transport, private node::Replies {
  public:
    struct Environment {
        const Plan& plan;
        Agenda& agenda;
        StepChecker& checker;
        std::vector<Member> members;
        std::function<void(NodeId from, NodeId to, std::string frame, node::Lane lane)> send;
        std::function<void(NodeId from, std::string_view connection, std::string frame)> reply;
        std::function<void(NodeId node, Duration down)> process_died;  // by itself
    };
    Replica(NodeId id, Environment environment, scenario::MemoryDisk& image);

    void start();  // a process on what the disk holds; nothing while one runs, or when the disk is damaged
    void kill();
    void pause(Instant until);
    void repair();  // ends the pause, and what is wrong with the disk

    // Inputs, which wait while the process is paused and are lost while there is none.
    void peer_frame(std::string frame);
    void client_frame(std::string connection, bool single, std::string frame);
    void peer_lost(NodeId peer);

    [[nodiscard]] NodeId id() const { return id_; }
    [[nodiscard]] bool is_up() const { return node_ != nullptr; }
    [[nodiscard]] bool is_damaged() const { return damaged_; }
    void damage() { damaged_ = true; }  // shows at the next start
    [[nodiscard]] const node::Node* node() const { return node_.get(); }
    [[nodiscard]] SimulatedDisk& disk() { return disk_; }

  private:
    void send(NodeId to, std::string frame, node::Lane lane) override;
    void send(const node::Route& route, std::string body) override;

    // Runs `input` on the node, now or when the pause is over, and sees to it that a turn follows.
    template <class Input>
    void give(Input input);
    void loaded(const wire::SnapshotManifest& manifest, Result<machine::Machine> machine);
    [[nodiscard]] node::Boot boot();
    void resume();
    void turn();
    [[nodiscard]] Duration time_of_a_turn();
    void plan_turn(Instant due);
    void plan_deadline();
    [[nodiscard]] Instant clock() const;
    [[nodiscard]] Instant when(Instant local) const;
    [[nodiscard]] node::Config config() const;

    NodeId id_;
    Environment environment_;
    SimulatedDisk disk_;
    std::int64_t drift_ppm_ = 0;
    Duration clock_offset_{};
    Random random_;
    std::unique_ptr<node::Node> node_;
    std::uint64_t lives_ = 0;
    bool damaged_ = false;
    Instant paused_until_{};
    std::vector<std::function<void()>> waiting_;  // for the end of the pause
    Instant turn_due_ = never;
    std::uint64_t turn_ = 0;  // the turn that is planned; an older one is void
};

}  // namespace kvbus::sim
