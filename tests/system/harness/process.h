// A child process, and a program run to its end. A child dies with the thread that started it, so start
// processes from a thread that outlives them.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/time.h"

namespace kvbus::harness {

// How a process ended: its exit status, or the signal that ended it.
struct Ending {
    int status = -1;
    int signal = 0;

    friend bool operator==(const Ending&, const Ending&) = default;
};

[[nodiscard]] std::string describe(const Ending& ending);
std::ostream& operator<<(std::ostream& out, const Ending& ending);

// arguments[0] is the program's path; `environment` holds NAME=VALUE on top of our own.
struct CommandLine {
    std::vector<std::string> arguments;
    std::vector<std::string> environment = {};
};

class Process {
  public:
    // Appends what it prints to `output`.
    Process(const CommandLine& command, const std::filesystem::path& output);
    ~Process();  // kills it and all of its process group
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const;

    // Nothing while it runs.
    [[nodiscard]] std::optional<Ending> ending();
    // Throws Failure when it still runs after that time.
    Ending wait(Duration at_most);

  private:
    pid_t pid_;
    int pidfd_;
    std::optional<Ending> ending_;
};

struct Finished {
    Ending ending;
    std::string out;
    std::string err;

    [[nodiscard]] int status() const { return ending.status; }  // -1 when a signal ended it
};

// Runs a program to its end; `input` is its stdin.
[[nodiscard]] Finished run(const CommandLine& command, Duration at_most = std::chrono::seconds{20},
                           const std::string& input = {});

}  // namespace kvbus::harness
