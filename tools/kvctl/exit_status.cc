#include "kvctl/exit_status.h"

namespace kvbus::kvctl {

int exit_status_of(Code code) {
    switch (code) {
        case Code::ok:
            return exit_ok;
        case Code::connection:
            return exit_connection;
        case Code::invalid_argument:
        case Code::too_large:
        case Code::duplicate_key:
            return exit_input;
        case Code::malformed:
        case Code::unsupported:
        case Code::overloaded:
        case Code::unavailable:
        case Code::no_space:
        case Code::stale_request:
        case Code::wrong_cluster:
        case Code::damaged:
        case Code::internal:
        case Code::compacted:
        case Code::future_revision:
        case Code::key_not_found:
        case Code::lease_not_found:
        case Code::lease_exists:
        case Code::wrong_type:
        case Code::overflow:
        case Code::place_lost:
            return exit_server;
        case Code::compare_failed:
            return exit_condition;
        case Code::not_first:
        case Code::timeout:
        case Code::outcome_unknown:
        case Code::closed:
        case Code::io:
        case Code::in_use:
            break;
    }
    return exit_error;
}

}  // namespace kvbus::kvctl
