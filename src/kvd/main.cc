// kvd: the daemon.
#include <cstdio>
#include <variant>

#include "base/log.h"
#include "kvd/command_line.h"
#include "kvd/dev.h"
#include "kvd/exit_status.h"
#include "kvd/server.h"

namespace {

using namespace kvbus;
using namespace kvbus::kvd;

int exit_status_of(Code code) {
    switch (code) {
        case Code::invalid_argument:
        case Code::wrong_cluster:
            return exit_configuration;
        case Code::damaged:
            return exit_damaged;
        default:
            return exit_error;
    }
}

int fail(const Error& error) {
    std::fprintf(stderr, "%skvd: %s\n", journal_priority(LogLevel::error), error.message.c_str());
    return exit_status_of(error.code);
}

}  // namespace

int main(int argc, char** argv) {
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* exit = std::get_if<Exit>(&parsed)) return exit->status;
    const auto& line = std::get<CommandLine>(parsed);
    if (line.task == Task::dev) return run_dev(line.dev);

    const auto config = check(line.flags);
    if (!config.ok()) return fail(config.error());
    if (line.task == Task::check_config) {
        std::printf("kvd: the configuration of node %s is good\n", config->name.c_str());
        return exit_ok;
    }
    set_log_level(config->log_level);
    const auto served = serve(*config);
    return served.ok() ? exit_ok : fail(served.error());
}
