// The inside of a Node, shared by its own files: node.cc (inputs, the turn), requests.cc (what clients and
// other nodes ask), lead.cc (changes of role, and what happens to writes then), snapshots.cc,
// verification.cc and status.cc.
#pragma once

#include <string>

#include "node/alarms.h"
#include "node/answers.h"
#include "node/campaigns.h"
#include "node/cluster_clock.h"
#include "node/forwarding.h"
#include "node/node.h"
#include "node/peers.h"
#include "node/promises.h"
#include "node/proposals.h"
#include "node/reads.h"
#include "node/snapshot_askers.h"
#include "node/snapshot_holder.h"
#include "node/snapshot_receiver.h"
#include "node/snapshot_taker.h"
#include "node/verifier.h"
#include "node/watches.h"

namespace kvbus::node {

struct Counters {
    std::uint64_t writes_applied = 0;
    std::uint64_t reads_served = 0;
    std::uint64_t bad_client_frames = 0;
    std::uint64_t bad_peer_frames = 0;
    std::uint64_t elections = 0;
    std::uint64_t log_entries = 0;
    std::uint64_t turns = 0;
    std::uint64_t client_frames_in = 0;
    std::uint64_t client_frames_out = 0;
    std::uint64_t peer_frames_in = 0;
    std::uint64_t peer_frames_out = 0;
    std::uint64_t snapshots_installed = 0;
};

struct Node::State {
    State(Config config, Boot boot, Ports ports, Instant now);

    // requests.cc
    void serve(Instant now, const Route& route, wire::Request& request);
    void serve(Instant now, Asker asker, Instant deadline, machine::Command& command);
    void serve(Asker asker, Instant deadline, const Reads::Query& query);
    void serve(Asker asker, Instant deadline, const wire::WatchRequest& watch);
    void serve(Asker asker, Instant deadline, const wire::SnapshotRequest& request);
    void serve(Instant now, const Asker& asker, const wire::SnapshotChunkRequest& request);
    void wait_for_snapshot(const Asker& asker, Instant deadline, Index at_least);
    void watch(Asker asker, Instant deadline, const wire::WatchRequest& watch);
    [[nodiscard]] LeaseId draw_lease(Instant now);
    void answer_read(const Asker& asker, Instant deadline, const Reads::Query& query);
    void on_forward(Instant now, NodeId from, wire::Forward& forward);
    void on_forward_reply(Instant now, const wire::ForwardReply& reply);
    void on_greeting(NodeId from, const wire::Greeting& greeting);
    void answer_reads();
    [[nodiscard]] bool admit(const Asker& asker, std::size_t bytes);
    [[nodiscard]] bool has_room_for(Instant now, const Asker& asker, const machine::Change& change);
    void settled(std::size_t bytes);

    // lead.cc
    void on_role(Instant now, const raft::Role& next);
    void place_writes(Instant now);  // held writes go to the leader, here or elsewhere
    void propose(Instant now);
    [[nodiscard]] Instant next_end() const;  // when an entry must tell the time, by this leader's clock
    [[nodiscard]] bool may_give_back_memory() const;
    void expire(Instant now);

    // snapshots.cc
    void turn_snapshots(Instant now);
    void take_snapshots(Instant now);
    void on_offer(Instant now, const raft::SnapshotMeta& offer);
    void on_chunk_request(Instant now, NodeId from, const wire::ChunkRequest& request);
    void install(const wire::SnapshotManifest& manifest, machine::Machine installed);

    // verification.cc
    void verify(Instant now);
    void on_standing(Instant now);
    void distrust(Instant now, const Error& why);
    void measure(Instant now);
    void differ_on_purpose(Index index);  // what a mutant does

    // status.cc
    [[nodiscard]] wire::NodeStatus status(Instant now) const;

    // node.cc
    void carry_out(Instant now, raft::Ready ready);
    void apply(Instant now, const raft::Entry& entry);
    void tell_of_changes();
    void answer(const PendingWrite& write, const machine::Outcome& outcome);
    void answer_or_wait(const PendingWrite& write, const machine::Outcome& outcome);
    void keep_promises(Instant now, raft::WriteId through);
    void send(NodeId to, wire::PeerBody body, Lane lane = Lane::control);
    void greet(NodeId to, bool reply_wanted);
    [[nodiscard]] Header header() const;
    [[nodiscard]] bool leads() const { return role.kind == raft::RoleKind::leader; }
    [[nodiscard]] bool is_trusted() const { return standing == Verifier::Standing::good; }
    [[nodiscard]] bool anything_pending() const {
        return !proposals.empty() || !forwarding.empty() || !reads.empty();
    }

    Config config;
    Ports ports;
    raft::Core core;
    machine::Machine machine;
    raft::EntryId applied;
    raft::Role role;
    bool probed = false;     // asked for a first ReadIndex
    bool caught_up = false;  // and reached it

    Proposals proposals{config.machine.history};
    Forwarding forwarding{config.session, config.machine.unanswered_max};
    Reads reads;
    Watches watches{{config.watches_max, config.watches_bytes_max}};
    Campaigns campaigns{config.campaigns_max};
    Revision told;  // who waits for changes knows of all up to here
    Promises promises;
    Answers answers;
    Peers peers;
    ClusterClock clock;
    std::uint64_t history_bytes_tried = 0;  // when the last entry was to give some of it back
    Term clock_term;  // in which the clock was set with all that earlier leaders committed
    std::uint64_t leases_drawn = 0;

    Alarms alarms;
    Verifier verifier;
    Verifier::Standing standing;  // as the rest of the node knows it; while it is not good, CORRUPT is raised

    SnapshotTaker taker;
    SnapshotHolder holder;
    SnapshotReceiver receiver;
    SnapshotAskers askers;

    std::uint64_t in_flight_requests = 0;
    std::uint64_t in_flight_bytes = 0;
    Instant next_expiry = never;
    Instant started;
    Instant last_turn;
    Counters counters;
};

}  // namespace kvbus::node
