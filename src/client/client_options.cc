#include "client/client_options.h"

#include "client/endpoint_url.h"
#include "machine/machine.h"
#include "wire/limits.h"

namespace kvbus::client {

static_assert(in_flight_limit <= machine::Limits{}.unanswered_max);

Result<void> validate_timeout(std::string_view name, std::chrono::milliseconds timeout) {
    if (timeout >= std::chrono::milliseconds{1} && timeout <= timeout_limit) return {};
    return Error{Code::invalid_argument, std::string(name) + ": " + std::to_string(timeout.count()) +
                                             " ms is out of range; 1 ms to 60000 ms is possible"};
}

Result<void> validate(const ClientOptions& options) {
    if (options.endpoints.empty()) {
        return Error{Code::invalid_argument,
                     "no endpoint given; name at least one, as in tcp://127.0.0.1:4370"};
    }
    if (options.endpoints.size() > wire::limits::members_max) {
        return Error{Code::invalid_argument, std::to_string(options.endpoints.size()) +
                                                 " endpoints given; at most " +
                                                 std::to_string(wire::limits::members_max) + " are used"};
    }
    for (const std::string& url : options.endpoints) {
        if (Result<void> valid = validate_endpoint_url(url); !valid.ok()) return valid;
    }
    if (Result<void> valid = validate_timeout("timeout", options.timeout); !valid.ok()) return valid;
    if (options.connect_timeout) {
        if (Result<void> valid = validate_timeout("connect_timeout", *options.connect_timeout); !valid.ok())
            return valid;
    }
    if (options.in_flight_max < 1 || options.in_flight_max > in_flight_limit) {
        return Error{Code::invalid_argument, "in_flight_max: " + std::to_string(options.in_flight_max) +
                                                 " is out of range; 1 to " + std::to_string(in_flight_limit) +
                                                 " is possible"};
    }
    return {};
}

}  // namespace kvbus::client
