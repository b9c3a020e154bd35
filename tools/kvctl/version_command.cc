#include <CLI/CLI.hpp>

#include "kvctl/command.h"
#include "wire/client_frames.h"

namespace kvbus::kvctl {

void add_version_command(CLI::App& app, Command& chosen) {
    CLI::App* command =
        app.add_subcommand("version", "Shows the versions of kvctl and of the protocol it speaks");
    command->footer("Example: kvctl version");
    command->callback([&chosen] {
        chosen = [](const Globals&) {
            Finish finish;
            finish.out =
                "kvctl version: " KVBUS_VERSION "\nAPI version: " + std::to_string(wire::protocol_version) +
                "\n";
            return finish;
        };
    });
}

}  // namespace kvbus::kvctl
