#include "client/loop.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include <poll.h>
#include <pthread.h>

#include "base/check.h"
#include "base/clock.h"

namespace kvbus::client {
namespace {

constexpr int frames_per_turn_max = 256;  // of one connection: the others and sending get their turn too
constexpr std::size_t fixed_fds = 2;
constexpr std::size_t fds_per_link = 2;

int poll_timeout(Instant now, Instant deadline) {
    if (deadline == never) return -1;
    if (deadline <= now) return 0;
    const std::int64_t milliseconds = to_milliseconds(deadline - now) + 1;  // rounded up: never early
    return static_cast<int>(std::min<std::int64_t>(milliseconds, 60'000));
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::start(SessionOptions options, Duration timeout) {
    Result<Context> context = make_context();
    if (!context.ok()) return context.error();
    std::unique_ptr<Loop> loop(new Loop(std::move(options), timeout, std::move(*context)));
    try {
        loop->thread_ = std::thread([&loop = *loop] { loop.run(); });
    } catch (const std::system_error& error) {
        return Error{Code::io, std::string("cannot start the client's thread: ") + error.what()};
    }
    return loop;
}

Loop::Loop(SessionOptions options, Duration timeout, Context context)
    : timeout_(timeout),
      waiting_max_(options.calls_max),
      mailbox_(SIZE_MAX),  // bounded by waiting_max_, and by what sends in the background
      context_(std::move(context)),
      session_(std::move(options)) {}

Loop::~Loop() {
    KV_CHECK(!on_loop_thread(), "a client must not be destroyed in one of its callbacks");
    stopping_ = true;
    stop_.wake();
    if (thread_.joinable()) thread_.join();
    links_.clear();  // sockets before their context
}

Result<void> Loop::enqueue(const Operation& operation, Callback& done, const Route& route) {
    const Duration timeout = route.timeout.value_or(timeout_);
    if (on_loop_thread()) {
        accept(operation, route.url, std::move(done), now_ + timeout);
        return {};
    }
    // Checked here as well, so that nothing oversized is copied.
    if (Result<void> valid = validate(operation); !valid.ok()) return valid;
    if (!route.background && waiting_.fetch_add(1, std::memory_order_relaxed) >= waiting_max_) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        return Error{Code::overloaded, "this client has " + std::to_string(waiting_max_) +
                                           " calls waiting to be taken up; wait for some to finish"};
    }
    Submission submission{
        {}, std::string(route.url), std::move(done), monotonic_now() + timeout, route.background};
    submission.operation.store(operation);
    KV_CHECK(mailbox_.push(std::move(submission)), "the mailbox holds all that is let in");
    return {};
}

void Loop::submit(const Operation& operation, Callback done, const Route& route) {
    if (Result<void> queued = enqueue(operation, done, route); !queued.ok())
        deliver(std::move(done), queued.error());
}

// --- the loop thread -------------------------------------------------------------------------------------

void Loop::run() {
    pthread_setname_np(pthread_self(), "kvbus-client");
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the program's business, on its own threads

    now_ = monotonic_now();
    while (!stopping_) {
        keep_connections();
        wait();
        session_.tick(now_);
        timers_.run(now_);
        deliver_completions();
        send();
    }
    take_submissions();
    send();  // a lock that was given up just now does not stay held until its lease ends
    session_.close();
    deliver_completions();
    session_.close();  // what callbacks started meanwhile
    deliver_completions();
}

// Waits until something comes in or is due, and takes it in.
void Loop::wait() {
    fds_.assign({{stop_.fd(), POLLIN, 0}, {mailbox_.fd(), POLLIN, 0}});
    bool pending = false;
    for (const Link& link : links_) {
        fds_.push_back({link.connection ? link.connection->fd() : -1, POLLIN, 0});
        fds_.push_back({link.connection ? link.connection->monitor_fd() : -1, POLLIN, 0});
        pending |= link.frames_pending || link.events_pending;
    }
    const Instant deadline = std::min(session_.deadline(), timers_.deadline());
    (void)poll(fds_.data(), fds_.size(), pending ? 0 : poll_timeout(monotonic_now(), deadline));
    now_ = monotonic_now();

    if (fds_[1].revents != 0) take_submissions();
    for (std::size_t i = 0; i < links_.size(); ++i) {
        Link& link = links_[i];
        if (!link.connection) continue;
        const EndpointId endpoint{i + 1};
        const bool news = link.events_pending || fds_[fixed_fds + i * fds_per_link + 1].revents != 0;
        // Frames first: what came before the connection was lost is still an answer.
        if (news || link.frames_pending || fds_[fixed_fds + i * fds_per_link].revents != 0)
            receive(endpoint, link);
        if (news) take_events(endpoint, link);
    }
}

void Loop::take_submissions() {
    submissions_ = mailbox_.take_all(std::move(submissions_));
    const auto background = std::ranges::count(submissions_, true, &Submission::background);
    waiting_.fetch_sub(submissions_.size() - static_cast<std::size_t>(background), std::memory_order_relaxed);
    for (Submission& submission : submissions_) {
        accept(submission.operation.view(), submission.url, std::move(submission.done), submission.deadline);
    }
    submissions_.clear();
}

void Loop::accept(const Operation& operation, std::string_view url, Callback done, Instant deadline) {
    const Token token = callbacks_.add(std::move(done));
    if (url.empty()) {
        session_.submit(now_, token, operation, deadline);
    } else {
        session_.submit_to(now_, token, std::string(url), operation, deadline);
    }
}

void Loop::receive(EndpointId endpoint, Link& link) {
    ReceivedFrame frame;
    for (int count = 0; count < frames_per_turn_max; ++count) {
        if (!link.connection->receive(frame)) {
            link.frames_pending = false;
            return;
        }
        session_.received(now_, endpoint, frame.bytes());
    }
    link.frames_pending = true;
}

void Loop::take_events(EndpointId endpoint, Link& link) {
    link.events_pending = false;
    while (const std::optional<LinkEvent> event = link.connection->next_event()) {
        if (event->up) {
            session_.connected(now_, endpoint);
        } else {
            session_.disconnected(endpoint, event->reason);
        }
    }
}

// Once per turn: a callback that starts a call which fails at once must not keep the loop from its other
// work.
void Loop::deliver_completions() {
    completions_ = session_.take_completions(std::move(completions_));
    for (Completion& completion : completions_) {
        deliver(callbacks_.take(completion.token), std::move(completion.reply));
    }
    completions_.clear();
}

void Loop::keep_connections() {
    const Endpoints& endpoints = session_.endpoints();
    if (links_.size() < endpoints.count()) links_.resize(endpoints.count());
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const EndpointId endpoint{i + 1};
        Link& link = links_[i];
        if (link.connection && !endpoints.wanted(endpoint)) link.connection.reset();
        if (link.connection || !endpoints.wanted(endpoint)) continue;
        Result<Connection> connection = Connection::open(context_.get(), endpoints.url(endpoint));
        if (connection.ok()) {
            link.connection.emplace(std::move(*connection));
            link.events_pending = true;
        } else {
            session_.disconnected(endpoint, connection.error().message);
        }
    }
}

void Loop::send() {
    for (std::size_t i = 0; i < links_.size(); ++i) {
        Link& link = links_[i];
        const EndpointId endpoint{i + 1};
        if (!link.connection || !session_.has_frame(now_, endpoint)) continue;
        while (link.connection->writable()) {
            const std::string_view frame = session_.next_frame(now_, endpoint);
            if (frame.empty()) break;
            link.connection->send(frame);
        }
        // Sending may have taken the signal of the file descriptor.
        link.frames_pending |= link.connection->readable();
    }
}

}  // namespace kvbus::client
