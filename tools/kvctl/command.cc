#include "kvctl/command.h"

#include <utility>

#include "kvctl/exit_status.h"

namespace kvbus::kvctl {

Finish fail(int status, std::string message) {
    return {status, {}, {std::move(message)}};
}

Finish fail(const Error& error) {
    return fail(exit_status_of(error.code), error.message);
}

ClientOptions client_options(const Globals& globals, std::vector<std::string> endpoints) {
    ClientOptions options;
    options.endpoints = std::move(endpoints);
    options.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(globals.timeout);
    options.connect_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(globals.dial_timeout);
    options.stay_on_endpoints = true;
    return options;
}

}  // namespace kvbus::kvctl
