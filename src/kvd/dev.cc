#include "kvd/dev.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "kvd/exit_status.h"

namespace kvbus::kvd {
namespace {

constexpr Duration restart_delay = std::chrono::seconds{3};

struct Child {
    std::string name;
    std::vector<std::string> arguments;
    pid_t pid = 0;  // 0: not running
    Instant start_at{};
};

std::string url(int port) {
    return "tcp://127.0.0.1:" + std::to_string(port);
}

std::vector<Child> plan(const DevOptions& options, const std::filesystem::path& data_dir) {
    std::string cluster;
    for (int i = 0; i < options.nodes; ++i) {
        cluster += (i == 0 ? "n" : ",n") + std::to_string(i + 1) + "=" + url(options.base_port + 10 * i + 1);
    }
    std::vector<Child> children;
    for (int i = 0; i < options.nodes; ++i) {
        const auto port = options.base_port + 10 * i;
        const auto name = "n" + std::to_string(i + 1);
        children.push_back(
            {name,
             {"kvd", "--name", name, "--data-dir", data_dir / name, "--listen-client", url(port),
              "--listen-peer", url(port + 1), "--initial-cluster", cluster, "--log-level", "warn"}});
    }
    return children;
}

void start(Child& child) {
    const auto parent = getpid();
    std::vector<char*> argv;
    for (auto& argument : child.arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    child.pid = fork();
    if (child.pid != 0) return;
    // The child: it goes when we go, however we go.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(exit_error);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    setpgid(0, 0);  // so that Ctrl-C reaches the nodes through us only
    execv("/proc/self/exe", argv.data());
    _exit(exit_error);
}

void introduce(const std::vector<Child>& children, const DevOptions& options,
               const std::filesystem::path& data_dir) {
    std::printf("A cluster of %d, data in %s%s:\n", options.nodes, data_dir.c_str(),
                options.data_dir.empty() ? " (removed at the end)" : "");
    std::string endpoints;
    for (std::size_t i = 0; i < children.size(); ++i) {
        const auto client_url = url(options.base_port + 10 * static_cast<int>(i));
        endpoints += (i == 0 ? "" : ",") + client_url;
        std::printf("  %s  %s  pid %d\n", children[i].name.c_str(), client_url.c_str(), children[i].pid);
    }
    std::printf(
        "Try:   export KVCTL_ENDPOINTS=%s\n"
        "       kvctl put greeting hello && kvctl get greeting && kvctl endpoint status --cluster -w table\n"
        "Kill a node with kill -9: the others go on, and it comes back after %lld s. Ctrl-C ends it all.\n",
        endpoints.c_str(), static_cast<long long>(to_milliseconds(restart_delay) / 1000));
    std::fflush(stdout);
}

// False: the node refused to start, and there is no point in going on.
bool reap(std::vector<Child>& children, Instant now) {
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        for (auto& child : children) {
            if (child.pid != pid) continue;
            child.pid = 0;
            child.start_at = now + restart_delay;
            if (WIFEXITED(status)) {
                std::fprintf(stderr, "kvd dev: %s ended with status %d\n", child.name.c_str(),
                             WEXITSTATUS(status));
                return false;
            }
            std::printf("%s was killed by signal %d; starting it again in %lld s\n", child.name.c_str(),
                        WTERMSIG(status), static_cast<long long>(to_milliseconds(restart_delay) / 1000));
            std::fflush(stdout);
        }
    }
    return true;
}

void stop(std::vector<Child>& children) {
    for (const auto& child : children) {
        if (child.pid > 0) kill(child.pid, SIGTERM);
    }
    for (const auto& child : children) {
        if (child.pid > 0) waitpid(child.pid, nullptr, 0);
    }
}

int supervise(std::vector<Child>& children, int signals) {
    for (;;) {
        const auto now = monotonic_now();
        bool all_run = true;
        for (auto& child : children) {
            if (child.pid == 0 && child.start_at <= now) {
                start(child);
                if (child.start_at != Instant{})
                    std::printf("%s runs again, pid %d\n", child.name.c_str(), child.pid),
                        std::fflush(stdout);
            }
            all_run = all_run && child.pid > 0;
        }
        pollfd waited{.fd = signals, .events = POLLIN, .revents = 0};
        poll(&waited, 1, all_run ? -1 : 100);
        signalfd_siginfo info{};
        while (read(signals, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo != SIGCHLD) return exit_ok;
        }
        if (!reap(children, monotonic_now())) return exit_error;
    }
}

std::optional<std::filesystem::path> make_data_dir(const DevOptions& options) {
    std::error_code error;
    if (!options.data_dir.empty()) {
        std::filesystem::create_directories(options.data_dir, error);
        if (!error) return options.data_dir;
        std::fprintf(stderr, "kvd dev: --data-dir: cannot create %s: %s\n", options.data_dir.c_str(),
                     error.message().c_str());
        return std::nullopt;
    }
    auto path = (std::filesystem::temp_directory_path(error) / "kvbus-dev-XXXXXX").string();
    if (mkdtemp(path.data()) != nullptr) return path;
    std::fprintf(stderr, "kvd dev: cannot create %s: %s\n", path.c_str(),
                 std::error_code(errno, std::generic_category()).message().c_str());
    return std::nullopt;
}

}  // namespace

int run_dev(const DevOptions& options) {
    const auto data_dir = make_data_dir(options);
    if (!data_dir) return exit_error;

    sigset_t handled;
    sigemptyset(&handled);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
        sigaddset(&handled, signal);
    sigprocmask(SIG_BLOCK, &handled, nullptr);
    const int signals = signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC);

    auto children = plan(options, *data_dir);
    for (auto& child : children)
        start(child);
    introduce(children, options, *data_dir);
    const int status = supervise(children, signals);
    stop(children);
    close(signals);
    if (options.data_dir.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(*data_dir, ignored);
    }
    return status;
}

}  // namespace kvbus::kvd
