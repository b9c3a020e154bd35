// What every command of kvctl gets and gives. A command does its work and returns its output as text; main
// writes it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"
#include "kvctl/printer.h"
#include "kvctl/session.h"

namespace CLI {
class App;
}

namespace kvbus::kvctl {

// The flags that all commands share, checked.
struct Globals {
    std::vector<std::string> endpoints;
    Duration dial_timeout{};
    Duration timeout{};
    PrintOptions print;
    std::vector<std::string> run = {};  // the command that watch or lock shall run
    Session* session = nullptr;
};

// How a command ended. Errors go to stderr, each as one line "Error: …".
struct Finish {
    int status = 0;
    std::string out;
    std::vector<std::string> errors;
};

[[nodiscard]] Finish fail(int status, std::string message);
[[nodiscard]] Finish fail(const Error& error);

using Command = std::function<Finish(const Globals&)>;

// Each adds its commands to the parser; parsing one sets `chosen`, which outlives the parsing.
void add_put_command(CLI::App& app, Command& chosen);
void add_get_command(CLI::App& app, Command& chosen);
void add_del_command(CLI::App& app, Command& chosen);
void add_txn_command(CLI::App& app, Command& chosen);
void add_value_commands(CLI::App& app, Command& chosen);  // incr append cas
void add_lease_commands(CLI::App& app, Command& chosen);  // lease grant revoke timetolive list keep-alive
void add_watch_command(CLI::App& app, Command& chosen);
void add_lock_command(CLI::App& app, Command& chosen);
void add_elect_command(CLI::App& app, Command& chosen);
void add_history_command(CLI::App& app, Command& chosen);
void add_repl_command(CLI::App& app, Command& chosen);
void add_compaction_command(CLI::App& app, Command& chosen);
void add_diff_command(CLI::App& app, Command& chosen);
void add_export_command(CLI::App& app, Command& chosen);
void add_import_command(CLI::App& app, Command& chosen);
void add_snapshot_commands(CLI::App& app, Command& chosen);  // snapshot save, status, verify, restore
void add_endpoint_commands(CLI::App& app, Command& chosen);  // endpoint status health hashkv
void add_alarm_commands(CLI::App& app, Command& chosen);     // alarm list
void add_member_commands(CLI::App& app, Command& chosen);    // member list
void add_version_command(CLI::App& app, Command& chosen);
void add_help_command(CLI::App& app, Command& chosen);
void add_completion_command(CLI::App& app, Command& chosen);  // after all others, which it completes

[[nodiscard]] Client& connect(const Globals& globals);  // the session's

}  // namespace kvbus::kvctl
