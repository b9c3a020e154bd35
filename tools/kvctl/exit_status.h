// How kvctl ends; the numbers are etcdctl's, but for exit_unhealthy, exit_condition and exit_lost.
#pragma once

#include <kvbus/error.h>

namespace kvbus::kvctl {

constexpr int exit_ok = 0;
constexpr int exit_error = 1;        // no answer in time, an unknown outcome, output that cannot be written
constexpr int exit_connection = 2;   // no endpoint can be reached
constexpr int exit_input = 3;        // a key, value or endpoint that cannot be
constexpr int exit_server = 4;       // the cluster refused
constexpr int exit_unhealthy = 5;    // an endpoint does not serve
constexpr int exit_watch = 5;        // the cluster ended a watch: what it asks for is compacted
constexpr int exit_condition = 6;    // the condition of a put or cas does not hold; nothing was applied
constexpr int exit_lost = 7;         // a lock or leadership was lost while it was held
constexpr int exit_arguments = 128;  // unknown or malformed commands and flags

[[nodiscard]] int exit_status_of(Code code);

}  // namespace kvbus::kvctl
