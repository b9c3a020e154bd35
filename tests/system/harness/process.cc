#include "system/harness/process.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ostream>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "system/harness/wait.h"

namespace kvbus::harness {
namespace {

// A file descriptor of our own.
class File {
  public:
    File(int fd, const std::string& doing) : fd_(fd) {
        if (fd_ < 0) fail_with_errno(doing);
    }
    ~File() { close(fd_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
};

class MemoryFile : public File {
  public:
    MemoryFile() : File(memfd_create("kvbus-test", MFD_CLOEXEC), "create a file in memory") {}

    void fill(const std::string& bytes) const {
        if (pwrite(fd(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            fail_with_errno("fill a file in memory");
    }
    [[nodiscard]] std::string content() const {
        std::string bytes(static_cast<std::size_t>(lseek(fd(), 0, SEEK_END)), '\0');
        if (pread(fd(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            fail_with_errno("read a file in memory");
        return bytes;
    }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

// Our environment without what would change the behaviour of the programs under test.
std::vector<std::string> environment_for(const CommandLine& command) {
    std::vector<std::string> result;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (!text.starts_with("KVD_") && !text.starts_with("KVCTL_")) result.emplace_back(text);
    }
    result.insert(result.end(), command.environment.begin(), command.environment.end());
    return result;
}

// Between fork and exec only what a signal handler may call too: the parent has other threads.
pid_t launch(const CommandLine& command, std::array<int, 3> standard_files) {
    KV_CHECK(!command.arguments.empty());
    auto arguments = command.arguments;
    auto environment = environment_for(command);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const auto parent = getpid();
    const auto pid = fork();
    if (pid < 0) fail_with_errno("fork for " + arguments[0]);
    if (pid > 0) {
        setpgid(pid, pid);
        return pid;
    }
    constexpr int cannot_run = 127;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(cannot_run);
    for (int i = 0; i < 3; ++i) {
        if (dup2(standard_files[i], i) < 0) _exit(cannot_run);
    }
    close_range(3, ~0U, 0);
    execve(argv[0], argv.data(), envp.data());
    _exit(cannot_run);
}

Ending reap(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) fail_with_errno("wait for process " + std::to_string(pid));
    if (WIFEXITED(status)) return {.status = WEXITSTATUS(status)};
    return {.signal = WTERMSIG(status)};
}

bool ended_within(int pidfd, Duration at_most) {
    pollfd waited{.fd = pidfd, .events = POLLIN, .revents = 0};
    return poll(&waited, 1, static_cast<int>(to_milliseconds(at_most))) > 0;
}

int open_pidfd(pid_t pid) {
    const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (fd < 0) fail_with_errno("watch process " + std::to_string(pid));
    return fd;
}

pid_t launch_logged(const CommandLine& command, const std::filesystem::path& output) {
    const File null(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
    const File log(open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                   "open " + output.native());
    return launch(command, {null.fd(), log.fd(), log.fd()});
}

}  // namespace

std::string describe(const Ending& ending) {
    if (ending.signal != 0) return "ended by signal " + std::to_string(ending.signal);
    return "ended with status " + std::to_string(ending.status);
}

std::ostream& operator<<(std::ostream& out, const Ending& ending) {
    return out << describe(ending);
}

Process::Process(const CommandLine& command, const std::filesystem::path& output)
    : pid_(launch_logged(command, output)), pidfd_(open_pidfd(pid_)) {}

Process::~Process() {
    if (!ending_) {
        kill(-pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close(pidfd_);
}

void Process::signal(int number) const {
    if (kill(pid_, number) != 0) fail_with_errno("signal process " + std::to_string(pid_));
}

std::optional<Ending> Process::ending() {
    if (!ending_ && ended_within(pidfd_, Duration::zero())) ending_ = reap(pid_);
    return ending_;
}

Ending Process::wait(Duration at_most) {
    if (!ending_) {
        if (!ended_within(pidfd_, at_most)) {
            throw Failure("waited " + std::to_string(to_milliseconds(at_most)) + " ms for process " +
                          std::to_string(pid_) + " to end");
        }
        ending_ = reap(pid_);
    }
    return *ending_;
}

Finished run(const CommandLine& command, Duration at_most, const std::string& input) {
    const MemoryFile in, out, err;
    in.fill(input);
    const auto pid = launch(command, {in.fd(), out.fd(), err.fd()});
    const File pidfd(open_pidfd(pid), "watch " + command.arguments[0]);
    const bool in_time = ended_within(pidfd.fd(), at_most);
    if (!in_time) kill(-pid, SIGKILL);
    const auto ending = reap(pid);
    if (!in_time) {
        std::string line;
        for (const auto& argument : command.arguments)
            line += argument + " ";
        throw Failure("waited " + std::to_string(to_milliseconds(at_most)) + " ms for this to end: " + line +
                      "\n" + out.content() + err.content());
    }
    return {ending, out.content(), err.content()};
}

}  // namespace kvbus::harness
