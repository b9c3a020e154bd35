// What one simulation is made of: the cluster, the weather, the load and the list of faults, all drawn from
// one seed. As text it can be kept, edited and played again, and made smaller line by line. Plain data.
//
// Swarm testing: each kind of fault is left out of half of all plans, and intensities are drawn anew, because
// no single mix finds everything (Groce et al., "Swarm Testing", ISSTA 2012).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>

#include "base/random.h"
#include "base/time.h"
#include "machine/machine.h"

namespace kvbus::sim {

enum class FaultKind : std::uint8_t {
    crash,         // of one node; likelier one with writes under way
    crash_all,     // a power cut
    crash_lead,    // of the leader
    pause,         // a process is stopped, and goes on later
    isolate,       // one node is cut off, in one or both directions
    split,         // into two groups
    bridge,        // two groups that overlap in one node
    clog,          // of one directed link: what is sent arrives when it is over
    slow_disk,     // syncs of one node take up to a second
    sync_error,    // of one node: its process ends
    full_disk,     // of one node
    rot,           // a bit flips in what is stored: it must be noticed, and its node stays away
    drop_client,   // the connections of one client break
    strand,        // the leader is cut off with fewer than half of the others; maybe stopped while they elect
    comeback,      // the leader is stopped, and who is elected meanwhile dies when it goes on
    leave_behind,  // a node is away until the leader's log begins after what it has
    crash_holder,  // of a snapshot, in the midst of the next transfer
    crash_receiver,  // of one
};
inline constexpr std::size_t fault_kinds = 18;
[[nodiscard]] std::string_view name_of(FaultKind kind);

struct Fault {
    Duration at{};
    FaultKind kind = FaultKind::crash;
    Duration lasts{};
    std::uint64_t dice = 0;  // decides whom it meets, given the state of the cluster then
    friend bool operator==(const Fault&, const Fault&) = default;
};

// Numbers are plain so that a plan can be written down; durations are in microseconds, chances in millionths.
struct Plan {
    std::uint64_t seed = 1;  // of everything that is decided on the way
    std::uint64_t nodes = 3;
    std::uint64_t duration_us = 30'000'000;  // of faults and load; then comes the proof of liveness

    std::uint64_t heartbeat_us = 50'000;
    std::uint64_t election_us = 500'000;  // the least timeout; the greatest is twice that
    std::uint64_t log_window_bytes = 4096;
    std::uint64_t append_bytes_max = 4096;
    std::uint64_t follower_window_bytes = 65'536;
    std::uint64_t in_flight_requests_max = 1000;
    std::uint64_t uncommitted_bytes_max = 64 << 20;
    std::uint64_t session_idle_us = 600'000'000;  // more than the longest retry by far
    std::uint64_t request_timeout_us = 2'000'000;
    std::uint64_t turn_us_max = 100;        // how long inputs gather before a turn
    std::uint64_t clock_drift_ppm_max = 0;  // of each node, either way
    std::uint64_t deaths_heard = 1;         // whether the others learn at once that a process died

    std::uint64_t delay_us = 300;  // of a message; an exponential one with this mean comes on top
    std::uint64_t loss = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t replays = 0;  // duplicates up to three seconds late
    std::uint64_t garbage = 0;  // messages that are followed by a torn copy, or by what is no message at all
    std::uint64_t reorder = 0;  // whether messages on one link overtake each other

    std::uint64_t sync_us_min = 200;
    std::uint64_t sync_us_max = 2'000;

    std::uint64_t snapshot_log_bytes = 0;  // in the log since the last one; 0: none are taken
    std::uint64_t snapshot_log_percent = 50;
    std::uint64_t log_kept_bytes = 0;
    std::uint64_t snapshot_chunk_bytes = 1 << 20;
    std::uint64_t snapshot_parts_per_turn = 256;
    std::uint64_t bulk_us = 0;            // that the bulk lane takes longer: the mean
    std::uint64_t load_us_max = 200'000;  // to make a machine of a snapshot; at least a fifth of it

    std::uint64_t clients = 3;      // with the retries of the client library
    std::uint64_t raw_clients = 0;  // that send once, without a session
    std::uint64_t calls = 2;        // of each client at once
    std::uint64_t think_us = 20'000;
    std::uint64_t call_timeout_us = 3'000'000;
    std::uint64_t keys = 5;
    std::uint64_t value_bytes_max = 64;
    std::uint64_t writes = 500'000;   // the share of writes
    std::uint64_t removes = 100'000;  // of the writes
    std::uint64_t ranges = 100'000;   // of removes and reads, those of more than one key
    std::uint64_t serializable = 0;   // of the reads

    // What calls are made, each in proportion to the others. Plain ones are as above: puts, removes and reads
    // of keys that nothing else touches.
    std::uint64_t plain = 1;
    std::uint64_t increments = 0;    // of keys that only get increments
    std::uint64_t appends = 0;       // of keys that only get appends, and are removed now and then
    std::uint64_t edits = 0;         // all kinds of writes and reads, of keys of all kinds
    std::uint64_t transactions = 0;  // of those keys
    std::uint64_t leases = 0;        // granted, kept alive, revoked, looked at
    std::uint64_t compactions = 0;

    std::uint64_t watchers = 0;
    std::uint64_t candidates = 0;  // for locks; there must be clients that ask for them

    std::uint64_t lease_ttl_us_min = 2'000'000;  // machine::Limits
    std::uint64_t ttl_us_max = 10'000'000;       // of leases and keys
    std::uint64_t grown_value_bytes_max = 40;    // by appends
    std::uint64_t sessions_max = 100'000;
    std::uint64_t unanswered_max = 16'384;
    std::uint64_t history_bytes_max = 1 << 30;
    std::uint64_t history_revisions_max = 0;
    std::uint64_t history_age_us_max = 0;

    std::vector<Fault> faults;

    friend bool operator==(const Plan&, const Plan&) = default;
};

[[nodiscard]] Plan draw_plan(std::uint64_t seed);

// Whether nodes compact by themselves.
[[nodiscard]] bool has_bounded_history(const Plan& plan);
[[nodiscard]] machine::Limits machine_limits(const Plan& plan);

// One "name value" a line, and one "fault AT_US KIND LASTS_US DICE" for each fault.
[[nodiscard]] std::string to_text(const Plan& plan);
// Errors: malformed, with the number of the line.
[[nodiscard]] Result<Plan> parse_plan(std::string_view text);

// Changes one field by its name in the text. False: there is none of that name.
[[nodiscard]] bool set_field(Plan& plan, std::string_view name, std::uint64_t value);

// What no cluster or load can be made of, in words; nothing of a good plan.
[[nodiscard]] std::string contradiction_in(const Plan& plan);

// What random numbers are for: a stream of its own for each, so that a change in one does not shift the
// others.
enum class Use : std::uint8_t {
    plan,
    network,
    garbage,
    disk,
    process,
    session,
    client,
    options,
    liveness,
    commands,
    thinking,
    watcher,
    candidate
};
[[nodiscard]] Random stream(std::uint64_t seed, Use use, std::uint64_t which = 0);

}  // namespace kvbus::sim
