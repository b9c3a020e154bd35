#include "kvctl/child_process.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::kvctl {
namespace {

constexpr int signal_base = 128;  // what a shell adds to a signal

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::string name_of_variable(const char* variable) {
    const std::string text = variable;
    return text.substr(0, text.find('='));
}

// Ours, without the variables that are given anew.
std::vector<std::string> merged(const Environment& added) {
    std::vector<std::string> all(added);
    for (char** variable = environ; *variable != nullptr; ++variable) {
        bool given = false;
        for (const std::string& one : added)
            given = given || name_of_variable(one.c_str()) == name_of_variable(*variable);
        if (!given) all.emplace_back(*variable);
    }
    return all;
}

Error cannot_run(const std::string& command, int error) {
    return {Code::io, "the command \"" + command + "\" cannot be executed: " + std::strerror(error)};
}

// Between fork and exec only what a signal handler may call too: there are other threads.
[[noreturn]] void become(char* const* words, char* const* environment, pid_t parent, int report) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(signal_base + SIGTERM);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvpe(words[0], words, environment);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(report, &error, sizeof error);
    _exit(signal_base - 1);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words,
                                         const Environment& environment) {
    KV_CHECK(!words.empty());
    auto word_copies = words;
    auto variables = merged(environment);
    const auto argv = pointers(word_copies);
    const auto envp = pointers(variables);
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return cannot_run(words[0], errno);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) become(argv.data(), envp.data(), parent, report[1]);
    const int fork_error = errno;
    close(report[1]);
    int error = 0;  // closed without a word by a successful exec
    ssize_t got = 0;
    while (pid > 0 && (got = read(report[0], &error, sizeof error)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    if (pid < 0) return cannot_run(words[0], fork_error);
    if (got > 0) {
        waitpid(pid, nullptr, 0);
        return cannot_run(words[0], error);
    }
    const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    KV_CHECK(pidfd >= 0);
    return ChildProcess(pid, pidfd);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::exchange(other.pidfd_, -1)) {}

ChildProcess::~ChildProcess() {
    if (pid_ != 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    if (pidfd_ >= 0) close(pidfd_);
}

void ChildProcess::signal(int number) const {
    if (pid_ != 0) kill(pid_, number);
}

std::optional<int> ChildProcess::wait(Duration at_most) {
    KV_CHECK(pid_ != 0);
    pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
    if (poll(&ended, 1, static_cast<int>(to_milliseconds(at_most))) <= 0) return std::nullopt;
    int status = 0;
    KV_CHECK(waitpid(pid_, &status, 0) == pid_);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

std::string ending_text(int status) {
    if (status <= signal_base) return "exit status " + std::to_string(status);
    return "ended by signal " + std::to_string(status - signal_base);
}

}  // namespace kvbus::kvctl
