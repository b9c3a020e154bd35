#include "storage/child_process.h"

#include <array>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace kvbus::storage {

ChildProcess::ChildProcess(std::vector<std::string> arguments) {
    std::string program = STORAGE_CHILD;
    std::vector<char*> argv{program.data()};
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);

    std::array<int, 2> pipe_ends{};
    KV_CHECK(pipe2(pipe_ends.data(), O_CLOEXEC) == 0, "no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    output_ = pipe_ends[0];
    KV_CHECK(error == 0, "cannot start the child process");
}

ChildProcess::~ChildProcess() {
    kill();
    wait();
    close(output_);
}

std::optional<std::string> ChildProcess::line() {
    for (;;) {
        if (const auto end = unread_.find('\n'); end != std::string::npos) {
            std::string line = unread_.substr(0, end);
            unread_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> buffer{};
        const ssize_t size = read(output_, buffer.data(), buffer.size());
        if (size <= 0) return std::nullopt;
        unread_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

void ChildProcess::kill() {
    if (!status_) ::kill(pid_, SIGKILL);
}

int ChildProcess::exit_code() {
    return WIFEXITED(wait()) ? WEXITSTATUS(*status_) : -1;
}

int ChildProcess::wait() {
    if (!status_) {
        int status = 0;
        KV_CHECK(waitpid(pid_, &status, 0) == pid_);
        status_ = status;
    }
    return *status_;
}

}  // namespace kvbus::storage
