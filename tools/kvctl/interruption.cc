#include "kvctl/interruption.h"

#include <algorithm>
#include <atomic>

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

namespace kvbus::kvctl {
namespace {

constexpr std::array<int, 3> ending_signals{SIGINT, SIGTERM, SIGHUP};

// A signal handler reaches nothing else.
std::atomic<int> caught = 0;
std::atomic<bool> caught_from_terminal = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_signal(int number, siginfo_t* info, void*) {
    caught_from_terminal = info->si_code == SI_KERNEL;
    caught = number;
}

// A pipe without a reader, a socket or terminal that is closed.
bool output_leads_nowhere() {
    pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

}  // namespace

Interruption::Interruption() {
    forget();
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO;
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
        sigaction(ending_signals[i], &action, &before_[i]);
}

Interruption::~Interruption() {
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
        sigaction(ending_signals[i], &before_[i], nullptr);
}

bool Interruption::over() const {
    return caught != 0 || output_leads_nowhere();
}

// The signal may be delivered to another thread than this one, which therefore looks ten times a second.
bool Interruption::wait(Duration at_most) const {
    constexpr Duration look = std::chrono::milliseconds{100};
    const Instant until = monotonic_now() + at_most;
    while (!over()) {
        const Duration left = until - monotonic_now();
        if (left <= Duration::zero()) return false;
        poll(nullptr, 0, static_cast<int>(to_milliseconds(std::min(left, look))) + 1);
    }
    return true;
}

int Interruption::signal() const {
    return caught;
}

bool Interruption::from_terminal() const {
    return caught_from_terminal;
}

void Interruption::forget() {
    caught = 0;
}

}  // namespace kvbus::kvctl
