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

Client& connect(const Globals& globals) {
    return globals.session->client(globals);
}

}  // namespace kvbus::kvctl
