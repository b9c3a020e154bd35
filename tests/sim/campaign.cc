#include "sim/campaign.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "sim/run.h"
#include "simulated/mutants.h"
#include "simulated/sometimes.h"

namespace kvbus::sim {
namespace {

using namespace std::chrono_literals;

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free, "it is shared between processes");

constexpr std::size_t totals_count = sizeof(Totals) / sizeof(std::uint64_t);
constexpr std::size_t rare_states_max = 256;
constexpr std::size_t text_max = 8192;

// What one worker tells; it alone writes.
struct Slot {
    Count seed;  // under way
    std::array<Count, totals_count> totals;
    std::array<Count, rare_states_max> sometimes;
    Count begun_at;  // that seed, in ns of the monotonic clock
    Count failed;
    Count failed_seed;
    char text[text_max];
};

// In memory that all processes share.
struct Board {
    Count next_seed;
    Count stop;
    Count simulated_ns;
    std::array<Slot, 64> slots;
};

class SharedBoard {
  public:
    SharedBoard() {
        void* memory =
            mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        KV_CHECK(memory != MAP_FAILED, "no shared memory");
        board_ = new (memory) Board{};
    }
    ~SharedBoard() { munmap(board_, sizeof(Board)); }
    SharedBoard(const SharedBoard&) = delete;
    SharedBoard& operator=(const SharedBoard&) = delete;
    Board* operator->() const { return board_; }

  private:
    Board* board_;
};

using Numbers = std::array<std::uint64_t, totals_count>;

Totals totals_of(const Figures& figures, Duration cpu) {
    return {.seeds = 1,
            .events = figures.events,
            .simulated_ns = static_cast<std::uint64_t>(figures.simulated.count()),
            .cpu_ns = static_cast<std::uint64_t>(cpu.count()),
            .crashes = figures.crashes,
            .elections = figures.elections,
            .acknowledged = figures.acknowledged,
            .checked = figures.checked,
            .traces = figures.trace};
}

void tell_failure(Slot& slot, std::uint64_t seed, const std::string& text) {
    std::snprintf(slot.text, sizeof slot.text, "%s", text.c_str());
    slot.failed_seed = seed;
    slot.failed = 1;
}

void work(const Campaign& campaign, const SharedBoard& board, Slot& slot, Instant end) {
    simulated::set_mutant(campaign.mutant);
    while (board->stop == 0 && monotonic_now() < end) {
        if (board->simulated_ns >= static_cast<std::uint64_t>(campaign.simulated_max.count())) return;
        const std::uint64_t seed = board->next_seed++;
        if (seed > campaign.last || seed < campaign.first) return;
        slot.seed = seed;
        slot.begun_at = static_cast<std::uint64_t>(monotonic_now().time_since_epoch().count());
        const Duration cpu_before = process_cpu_time();
        const RunResult result = run(campaign.plan(seed));
        const auto numbers =
            std::bit_cast<Numbers>(totals_of(result.figures, process_cpu_time() - cpu_before));
        for (std::size_t i = 0; i < totals_count; ++i)
            slot.totals[i] += numbers[i];
        board->simulated_ns += static_cast<std::uint64_t>(result.figures.simulated.count());
        const auto states = simulated::rare_states();
        for (std::size_t i = 0; i < states.size(); ++i)
            slot.sometimes[i] = simulated::times_reached(states[i].state);
        if (!result.failure) continue;
        tell_failure(slot, seed, *result.failure);
        board->stop = 1;
    }
}

// Starts `body` in a process of its own, which shares the standard streams.
pid_t start(const std::function<void()>& body) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    KV_CHECK(pid >= 0, "no further process can be started");
    if (pid > 0) return pid;
    body();
    std::fflush(nullptr);
    _exit(0);
}

constexpr Duration hang_after = 300s;  // of one seed, which takes a second or two

// The workers that still run.
class Workers {
  public:
    void add(pid_t pid) {
        const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
        KV_CHECK(fd >= 0, "no descriptor for a process");
        pids_.push_back(pid);
        fds_.push_back({fd, POLLIN, 0});
    }
    [[nodiscard]] bool any() const {
        return std::ranges::any_of(fds_, [](const pollfd& fd) { return fd.fd >= 0; });
    }
    [[nodiscard]] bool runs(std::size_t worker) const { return fds_[worker].fd >= 0; }
    void kill(std::size_t worker) const { ::kill(pids_[worker], SIGKILL); }

    // Waits for some to end, and tells of each whether it did so as it should.
    void wait(Duration at_most, const std::function<void(std::size_t worker, bool orderly)>& ended) {
        poll(fds_.data(), fds_.size(), static_cast<int>(to_milliseconds(at_most)));
        for (std::size_t i = 0; i < fds_.size(); ++i) {
            if (fds_[i].fd < 0 || fds_[i].revents == 0) continue;
            int status = 0;
            KV_CHECK(waitpid(pids_[i], &status, 0) == pids_[i]);
            close(std::exchange(fds_[i].fd, -1));
            ended(i, WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
    }

  private:
    std::vector<pid_t> pids_;
    std::vector<pollfd> fds_;
};

Totals sum(const Board& board, unsigned jobs) {
    Numbers numbers{};
    for (const Slot& slot : std::span(board.slots).first(jobs))
        for (std::size_t i = 0; i < totals_count; ++i)
            numbers[i] += slot.totals[i];
    return std::bit_cast<Totals>(numbers);
}

void kill_hanging(const Workers& workers, Board& board, unsigned jobs) {
    for (std::size_t i = 0; i < jobs; ++i) {
        Slot& slot = board.slots[i];
        const Instant begun{Duration{static_cast<std::int64_t>(slot.begun_at.load())}};
        if (!workers.runs(i) || slot.begun_at == 0 || monotonic_now() - begun < hang_after) continue;
        tell_failure(slot, slot.seed, "it hangs: no end after 300 s");
        workers.kill(i);
    }
}

// On a terminal the line stays in place; elsewhere there is one now and then.
class Progress {
  public:
    explicit Progress(bool wanted) : wanted_(wanted), in_place_(isatty(STDERR_FILENO) == 1) {}

    void show(const Totals& totals, Duration wall) {
        if (!wanted_ || wall < next_) return;
        next_ = wall + (in_place_ ? Duration{} : Duration{15s});
        std::fprintf(stderr, "%s%llu seeds, %.1f simulated hours, %lld s%s", in_place_ ? "\r" : "",
                     static_cast<unsigned long long>(totals.seeds),
                     static_cast<double>(totals.simulated_ns) / 3.6e12, static_cast<long long>(wall / 1s),
                     in_place_ ? " " : "\n");
    }
    void end() const {
        if (wanted_ && in_place_) std::fprintf(stderr, "\r%60s\r", "");
    }

  private:
    bool wanted_;
    bool in_place_;
    Duration next_ = 2s;
};

}  // namespace

CampaignResult run_campaign(const Campaign& campaign) {
    const SharedBoard board;
    board->next_seed = campaign.first;
    const Instant begin = monotonic_now();
    const Instant end = campaign.wall_max >= never - begin ? never : begin + campaign.wall_max;
    const unsigned jobs = std::clamp(campaign.jobs, 1U, static_cast<unsigned>(board->slots.size()));
    Progress progress(campaign.show_progress);
    const auto states = simulated::rare_states();
    KV_CHECK(states.size() <= rare_states_max);

    Workers workers;
    for (unsigned i = 0; i < jobs; ++i)
        workers.add(start([&, i] { work(campaign, board, board->slots[i], end); }));
    while (workers.any()) {
        workers.wait(500ms, [&](std::size_t i, bool orderly) {
            Slot& slot = board->slots[i];
            if (!orderly && slot.failed == 0)
                tell_failure(slot, slot.seed, "the process aborted; what it printed stands above");
            if (slot.failed != 0) board->stop = 1;
        });
        kill_hanging(workers, *board.operator->(), jobs);
        progress.show(sum(*board.operator->(), jobs), monotonic_now() - begin);
    }
    CampaignResult result;
    for (const Slot& slot : std::span(board->slots).first(jobs))
        if (slot.failed != 0) result.failures.push_back({slot.failed_seed, slot.text});
    progress.end();
    std::ranges::sort(result.failures, {}, &Failure::seed);
    result.totals = sum(*board.operator->(), jobs);
    result.wall = monotonic_now() - begin;
    for (std::size_t i = 0; i < states.size(); ++i) {
        std::uint64_t times = 0;
        for (const Slot& slot : std::span(board->slots).first(jobs))
            times += slot.sometimes[i];
        result.sometimes.push_back(times);
    }
    return result;
}

std::string failure_of(const Plan& plan, Mutant mutant) {
    const auto result = run_campaign({.first = plan.seed,
                                      .last = plan.seed,
                                      .plan = [&](std::uint64_t) { return plan; },
                                      .jobs = 1,
                                      .mutant = mutant,
                                      .show_progress = false});
    return result.failures.empty() ? "" : result.failures.front().text;
}

}  // namespace kvbus::sim
