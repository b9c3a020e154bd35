#include "bus/loop.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <span>
#include <utility>

#include <poll.h>

#include "base/check.h"
#include "base/clock.h"
#include "bus/client_endpoint.h"
#include "bus/peer_mesh.h"

namespace kvbus::bus {
namespace {

using namespace std::chrono_literals;

// Where things stand in the array that poll() gets: the sources follow, then the peer watch's.
enum Slot : std::size_t {
    client_slot,
    client_connections_slot,
    peer_slot,
    peer_connections_slot,
    first_source_slot
};

timespec to_timespec(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

// How much of its time the loop does not wait, over stretches of a second.
class BusyGauge {
  public:
    explicit BusyGauge(Instant now) : stretch_begin_(now) {}

    void add(Duration busy, Instant now) {
        total_ += busy;
        in_stretch_ += busy;
        const Duration stretch = now - stretch_begin_;
        if (stretch < 1s) return;
        share_ = static_cast<double>(in_stretch_.count()) / static_cast<double>(stretch.count());
        in_stretch_ = {};
        stretch_begin_ = now;
    }

    [[nodiscard]] Duration total() const { return total_; }
    [[nodiscard]] double share() const { return share_; }

  private:
    Instant stretch_begin_;
    Duration in_stretch_{};
    Duration total_{};
    double share_ = 0;
};

struct Source {
    int fd;
    std::function<void()> readable;
};

}  // namespace

struct Loop::State {
    State(std::unique_ptr<Context> shared_context, std::unique_ptr<ClientEndpoint> client_endpoint,
          std::unique_ptr<PeerMesh> peer_mesh, Instant opened)
        : context(std::move(shared_context)),
          clients(std::move(client_endpoint)),
          peers(std::move(peer_mesh)),
          now(opened),
          gauge(opened) {}

    void wait(Duration timeout);
    void dispatch(Handler& handler);

    std::unique_ptr<Context> context;  // outlives the sockets
    std::unique_ptr<ClientEndpoint> clients;
    std::unique_ptr<PeerMesh> peers;
    std::vector<Source> sources;
    std::vector<pollfd> fds;
    bool clients_ready = false;
    bool peers_ready = false;
    bool stopped = false;
    Instant now;
    std::uint64_t turns = 0;
    BusyGauge gauge;
};

Result<std::unique_ptr<Loop>> Loop::open(const BusOptions& options) {
    KV_CHECK(options.io_threads >= 1);
    const Instant now = monotonic_now();
    auto context = std::make_unique<Context>(options.io_threads);
    auto clients = ClientEndpoint::open(*context, options.listen_client, 0);
    if (!clients) return clients.error();
    auto peers = PeerMesh::open(*context, options.listen_peer, options.io_threads > 1 ? 1 : 0);
    if (!peers) return peers.error();
    for (const Member& member : options.members) {
        if (member.id == options.self) continue;
        if (const auto connected = (*peers)->connect(member, now); !connected) return connected.error();
    }
    return std::unique_ptr<Loop>(
        new Loop(std::make_unique<State>(std::move(context), std::move(*clients), std::move(*peers), now)));
}

Loop::Loop(std::unique_ptr<State> state) : state_(std::move(state)) {}
Loop::~Loop() = default;

node::Transport& Loop::transport() {
    return *state_->peers;
}
node::Replies& Loop::replies() {
    return *state_->clients;
}

void Loop::add_source(int fd, std::function<void()> readable) {
    KV_CHECK(fd >= 0 && state_->turns == 0, "sources are added before run()");
    state_->sources.push_back({fd, std::move(readable)});
}

void Loop::stop() {
    state_->stopped = true;
}

Instant Loop::now() const {
    return state_->now;
}

void Loop::run(Handler& handler) {
    State& state = *state_;
    Instant turn_end = monotonic_now();
    while (!state.stopped) {
        state.wait(std::min(handler.deadline(), state.peers->watch().deadline()) - turn_end);
        const Instant turn_begin = state.now = monotonic_now();
        state.dispatch(handler);
        state.now = monotonic_now();  // handling what came in may have taken milliseconds
        handler.turn(state.now);
        ++state.turns;
        turn_end = monotonic_now();
        state.gauge.add(turn_end - turn_begin, turn_end);
    }
}

void Loop::State::wait(Duration timeout) {
    fds.clear();
    fds.push_back({clients->fd(), POLLIN, 0});
    fds.push_back({clients->connections().fd(), POLLIN, 0});
    fds.push_back({peers->fd(), POLLIN, 0});
    fds.push_back({peers->connections().fd(), POLLIN, 0});
    for (const Source& source : sources)
        fds.push_back({source.fd, POLLIN, 0});
    peers->watch().poll_for(fds);

    clients_ready = clients->waiting();
    peers_ready = peers->waiting();
    if (clients_ready || peers_ready) timeout = Duration::zero();
    const timespec limit = to_timespec(std::max(timeout, Duration::zero()));
    if (ppoll(fds.data(), fds.size(), &limit, nullptr) < 0) {
        KV_CHECK(errno == EINTR);
        for (pollfd& fd : fds)
            fd.revents = 0;
    }
    clients_ready = clients_ready || fds[client_slot].revents != 0;
    peers_ready = peers_ready || fds[peer_slot].revents != 0;
}

void Loop::State::dispatch(Handler& handler) {
    if (peers_ready) peers->drain(now, handler);
    if (clients_ready) clients->drain(now, handler);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (fds[first_source_slot + i].revents != 0) sources[i].readable();
    }
    if (fds[client_connections_slot].revents != 0) clients->connections().update();
    if (fds[peer_connections_slot].revents != 0) peers->connections().update();
    peers->watch().turn(now, std::span(fds).subspan(first_source_slot + sources.size()), handler);
}

LoopStats Loop::stats() const {
    const ClientEndpoint& clients = *state_->clients;
    const PeerMesh& peers = *state_->peers;
    return {
        .turns = state_->turns,
        .client_frames_in = clients.frames_in(),
        .client_frames_out = clients.frames_out(),
        .client_frames_dropped = clients.frames_dropped(),
        .peer_frames_in = peers.frames_in(),
        .peer_frames_out = peers.frames_out(),
        .peer_frames_dropped = peers.frames_dropped(),
        .client_connections = clients.connections().accepted(),
        .client_handshakes = clients.connections().established(),
        .peer_connections = peers.connections().accepted(),
        .peer_handshakes = peers.connections().established(),
        .peers_connected = peers.watch().connected(),
        .busy = state_->gauge.total(),
        .busy_share = state_->gauge.share(),
    };
}

}  // namespace kvbus::bus
