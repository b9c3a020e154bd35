// The I/O thread of a client: its sockets, its clock, and the session between them. A turn takes everything
// that waits (submissions, frames, connection news), runs callbacks, then sends what the session has, so that
// calls made since the last turn share frames.
//
// Everything but the two members for any thread is owned by the loop thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>

#include <kvbus/error.h>

#include "base/mailbox.h"
#include "base/time.h"
#include "base/wake.h"
#include "client/callbacks.h"
#include "client/connection.h"
#include "client/session.h"
#include "client/timers.h"

namespace kvbus::client {

// How a call is to be made, when not as all others.
struct Route {
    std::string_view url{};             // ask this endpoint only; empty: the session chooses
    std::optional<Duration> timeout{};  // none: the client's
    // Sent by something that has one call under way at most, so that it needs no other bound on what waits.
    bool background = false;
};

class Loop {
  public:
    // Fails when the machine has no threads or file descriptors left.
    [[nodiscard]] static Result<std::unique_ptr<Loop>> start(SessionOptions options, Duration timeout);
    ~Loop();  // calls under way get Code::closed; not on the loop thread
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Any thread. The callback runs on the loop thread, in a later turn. It is not called, and stays with the
    // caller, when this fails: too much waits already, or no node would accept the operation.
    [[nodiscard]] Result<void> enqueue(const Operation& operation, Callback& done, const Route& route);
    // The same, but for a callback that is called then too, at once and on the calling thread.
    void submit(const Operation& operation, Callback done, const Route& route);
    // On the loop thread only.
    void call_at(Instant due, std::function<void()> call) { timers_.add(due, std::move(call)); }
    [[nodiscard]] bool on_loop_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

  private:
    struct Submission {
        StoredOperation operation;
        std::string url;
        Callback done;
        Instant deadline;
        bool background;
    };
    struct Link {
        std::optional<Connection> connection;
        // A ZeroMQ file descriptor signals edges: more may be there than it shows.
        bool frames_pending = false;
        bool events_pending = false;
    };

    Loop(SessionOptions options, Duration timeout, Context context);

    void run();
    void wait();
    void take_submissions();
    void accept(const Operation& operation, std::string_view url, Callback done, Instant deadline);
    void receive(EndpointId endpoint, Link& link);
    void take_events(EndpointId endpoint, Link& link);
    void deliver_completions();
    void keep_connections();
    void send();

    Duration timeout_;
    std::size_t waiting_max_;
    std::atomic<std::size_t> waiting_ = 0;  // submissions let in and not taken up yet, but for background
    Mailbox<Submission> mailbox_;
    Wake stop_;
    std::atomic<bool> stopping_ = false;

    Context context_;
    Session session_;
    Callbacks callbacks_;
    Timers timers_;
    Instant now_;
    std::vector<Link> links_;  // by endpoint
    std::vector<pollfd> fds_;
    std::vector<Submission> submissions_;
    std::vector<Completion> completions_;
    std::thread thread_;
};

}  // namespace kvbus::client
