// The I/O thread of a client: its sockets, its clock, and the session between them. A turn takes everything
// that waits (submissions, frames, connection news), runs callbacks, then sends what the session has, so that
// calls made since the last turn share frames.
//
// Everything but the two members for any thread is owned by the loop thread.
#pragma once

#include <atomic>
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

namespace kvbus::client {

class Loop {
  public:
    // Fails when the machine has no threads or file descriptors left.
    [[nodiscard]] static Result<std::unique_ptr<Loop>> start(SessionOptions options, Duration timeout);
    ~Loop();  // calls under way get Code::closed; not on the loop thread
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Any thread. The callback runs on the loop thread; on the calling one, at once, when too much waits
    // already. An empty url lets the session choose the endpoint.
    void submit(const Operation& operation, std::string_view url, Callback done);
    [[nodiscard]] bool on_loop_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

  private:
    struct Submission {
        StoredOperation operation;
        std::string url;
        Callback done;
        Instant deadline;
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
    std::atomic<std::size_t> waiting_ = 0;  // submissions let in and not taken up yet
    Mailbox<Submission> mailbox_;
    Wake stop_;
    std::atomic<bool> stopping_ = false;

    Context context_;
    Session session_;
    Callbacks callbacks_;
    Instant now_;
    std::vector<Link> links_;  // by endpoint
    std::vector<pollfd> fds_;
    std::vector<Submission> submissions_;
    std::vector<Completion> completions_;
    std::thread thread_;
};

}  // namespace kvbus::client
