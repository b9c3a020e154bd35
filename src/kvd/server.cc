#include "kvd/server.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "admin/http_server.h"
#include "base/clock.h"
#include "base/random.h"
#include "bus/loop.h"
#include "kvd/exit_status.h"
#include "node/apply.h"
#include "node/node.h"
#include "storage/corrupt_mark.h"
#include "storage/disk_thread.h"
#include "storage/log_store.h"

namespace kvbus::kvd {
namespace {

node::ProcessUsage process_usage(const bus::LoopStats& bus) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {.cpu_us = static_cast<std::uint64_t>(to_microseconds(process_cpu_time())),
            .rss_peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) << 10,
            .wake_ups = static_cast<std::uint64_t>(usage.ru_nvcsw),
            .bad_client_connections = bus.client_connections - bus.client_handshakes,
            .bad_peer_connections = bus.peer_connections - bus.peer_handshakes,
            .frames_dropped = bus.client_frames_dropped + bus.peer_frames_dropped,
            .loop_busy_permille = static_cast<std::uint64_t>(bus.busy_share * 1000)};
}

node::Config node_config(const Config& config, ClusterId cluster, const bus::Loop& bus) {
    node::Config node;
    node.cluster = cluster;
    node.self = config.self;
    node.session = ClientId{random_seed()};
    node.name = config.name;
    node.client_url = config.advertise_client;
    node.members = config.members;
    node.request_timeout = config.request_timeout;
    node.disk_free_bytes_min = config.disk_free_bytes_min;
    node.memory_limit_bytes = config.memory_limit_bytes;
    node.machine.history = config.history;
    node.snapshots = config.snapshots;
    node.txn_operations_max = config.txn_operations_max;
    node.process_usage = [&bus] { return process_usage(bus.stats()); };
    node.raft.self = config.self;
    node.raft.heartbeat_interval = config.heartbeat_interval;
    node.raft.election_timeout_min = config.election_timeout;
    node.raft.election_timeout_max = 2 * config.election_timeout;
    node.raft.seed = random_seed();
    return node;
}

raft::Membership voters_of(const Config& config) {
    raft::Membership membership;
    for (const auto& member : config.members)
        membership.voters.push_back(member.id);
    std::ranges::sort(membership.voters);
    return membership;
}

std::string hex(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

void complete(storage::DiskThread& disk, node::Node& node) {
    auto done = disk.take_completions();
    const auto now = monotonic_now();
    if (done.persisted_through) node.persisted(now, *done.persisted_through);
    for (auto& [fetch, entries] : done.fetched)
        node.fetched(now, fetch, std::move(entries));
    for (const auto& [manifest, log_start] : done.published)
        node.published(now, manifest, log_start);
    for (auto& [manifest, machine] : done.loaded)
        node.loaded(now, manifest, std::move(machine));
    for (auto& chunk : done.chunks_read)
        node.chunk_read(now, std::move(chunk));
}

// What was written is no longer known, so nothing more may be promised: the process ends, the others carry
// on.
[[noreturn]] void stop_at_once(const Error& error) {
    log_error(error.message);
    std::_Exit(exit_error);
}

// SIGTERM and SIGINT as something to poll.
class StopSignal {
  public:
    StopSignal() {
        sigset_t handled;
        sigemptyset(&handled);
        sigaddset(&handled, SIGTERM);
        sigaddset(&handled, SIGINT);
        sigprocmask(SIG_BLOCK, &handled, nullptr);
        fd_ = signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC);
    }
    ~StopSignal() { close(fd_); }
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_ = -1;
};

// The node as the bus sees it; tells systemd and the HTTP side when it starts to serve.
class Served final : public bus::Handler {
  public:
    Served(node::Node& node, admin::Published& published, std::string name)
        : node_(node), published_(published), name_(std::move(name)) {}

    void client_frame(Instant now, const node::Route& route, std::string_view body) override {
        end_after_standstill(now);
        node_.client_frame(now, route, body);
    }
    void peer_frame(Instant now, std::string_view frame) override {
        end_after_standstill(now);
        node_.peer_frame(now, frame);
    }
    void bad_client_frame() override { node_.count_bad_client_frame(); }
    void bad_peer_frame() override { node_.count_bad_peer_frame(); }
    void peer_lost(Instant now, NodeId peer) override { node_.peer_lost(now, peer); }
    void turn(Instant now) override {
        node_.turn(now);
        const bool serving = node_.serving();
        if (serving == published_.serving.load(std::memory_order_relaxed)) return;
        published_.serving = serving;
        if (serving && !std::exchange(ready_, true)) {
            log_info("node " + name_ + " serves");
            sd_notify(0, "READY=1");
        }
    }
    [[nodiscard]] Instant deadline() const override { return node_.deadline(); }

  private:
    // A new process has new connections, in which nothing old waits.
    void end_after_standstill(Instant now) const {
        if (!node_.stood_still(now)) return;
        stop_at_once({Code::unavailable,
                      "node " + name_ +
                          " was stopped for minutes, and requests that piled up may be older than what the "
                          "cluster remembers of them; it ends, to be started again"});
    }

    node::Node& node_;
    admin::Published& published_;
    std::string name_;
    bool ready_ = false;
};

void tell_memory_limit(const Config& config) {
    if (config.memory_limit_bytes == 0) return;
    log_info("node " + config.name + " takes up to " + std::to_string(config.memory_limit_bytes >> 20) +
             " MiB of state (--memory-limit)");
    if (config.memory_limit_bytes > config.history.bytes_max) return;
    log_warn(
        "--memory-limit is not above --history-bytes: at the limit, removals make room only once they are "
        "compacted; raise it, or lower --history-bytes");
}

node::Boot boot_of(const Config& config, storage::Recovered recovered) {
    node::Boot boot{.machine = std::move(recovered.machine),
                    .snapshot = std::move(recovered.snapshot),
                    .log_bytes = recovered.log_bytes};
    boot.raft = {.hard_state = recovered.hard_state,
                 .membership = voters_of(config),
                 .base = recovered.base,
                 .entries = std::move(recovered.tail),
                 .log_start = recovered.log_start};
    if (boot.snapshot) boot.raft.snapshot = boot.snapshot->meta;
    return boot;
}

Result<storage::LogStore::Opened> recover(const Config& config) {
    auto opened = storage::LogStore::open({.dir = config.data_dir,
                                           .identity = {config.cluster, config.self, config.name},
                                           .membership = voters_of(config)},
                                          [](machine::Machine& machine, const raft::Entry& entry) {
                                              return node::apply_entry(machine, entry);
                                          });
    if (!opened.ok()) return opened.error();
    const storage::Recovered& recovered = opened->recovered;
    log_info("node " + config.name + " of cluster " + hex(opened->cluster.value) + " has " +
             std::to_string(recovered.machine.key_count()) + " keys at log index " +
             std::to_string(recovered.base.index.value));
    return opened;
}

}  // namespace

Result<void> serve(const Config& config) {
    const StopSignal stop_signal;  // before any thread starts, so that all of them leave the signals to it
    admin::Published published;
    std::unique_ptr<admin::HttpServer> http;
    if (!config.listen_http.empty()) {
        auto opened = admin::HttpServer::open(config.listen_http, published);
        if (!opened.ok()) return opened.error();
        http = std::move(*opened);
    }
    auto recovered = recover(config);
    if (!recovered.ok()) return recovered.error();
    auto corrupt = storage::read_corrupt_mark(config.data_dir);
    if (!corrupt.ok()) return corrupt.error();
    tell_memory_limit(config);
    auto loop = bus::Loop::open({.listen_client = config.listen_client,
                                 .listen_peer = config.listen_peer,
                                 .self = config.self,
                                 .members = config.members,
                                 .io_threads = config.io_threads});
    if (!loop.ok()) return loop.error();

    auto& bus = **loop;
    storage::DiskThread disk(std::move(recovered->store), std::move(recovered->snapshots), machine::Limits{},
                             stop_at_once);
    node::Boot boot = boot_of(config, std::move(recovered->recovered));
    boot.corrupt = std::move(*corrupt);
    node::Node node(node_config(config, recovered->cluster, bus), std::move(boot),
                    {bus.transport(), disk, bus.replies()}, monotonic_now());
    Served served(node, published, config.name);
    bus.add_source(disk.completions_fd(), [&] { complete(disk, node); });
    bus.add_source(stop_signal.fd(), [&] { bus.stop(); });
    log_info("node " + config.name + " listens to clients on " + config.listen_client + " and to nodes on " +
             config.listen_peer);
    bus.run(served);
    sd_notify(0, "STOPPING=1");
    log_info("node " + config.name + " stops");
    return {};
}

}  // namespace kvbus::kvd
