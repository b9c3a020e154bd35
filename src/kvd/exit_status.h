// How kvd ends. deploy/kvd.service relies on these: a restart does not cure 3, 4 and 128.
#pragma once

namespace kvbus::kvd {

constexpr int exit_ok = 0;
constexpr int exit_error = 1;  // a port in use, a failed disk, no space: a restart may help
constexpr int exit_configuration =
    3;  // a setting is wrong, or the data directory belongs to another node or cluster
constexpr int exit_damaged = 4;      // the stored log fails verification
constexpr int exit_arguments = 128;  // unknown or malformed flags

}  // namespace kvbus::kvd
