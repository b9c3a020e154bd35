// What kvbench was asked to do. Plain values, checked by parse_options(): every number is in its range.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kvbus::bench {

enum class Workload {
    put,   // overwrite a random key
    get,   // linearizable read of a random key
    sget,  // serializable read of a random key
    load,  // write every key once, then stop
};
enum class Target { leader, all };

[[nodiscard]] std::string_view name_of(Workload workload);

constexpr std::uint32_t connection_clients_max = 16'384;  // calls that one Client carries at once

struct Options {
    Workload workload = Workload::put;
    std::vector<std::string> endpoints;
    Target target = Target::leader;
    std::uint32_t clients = 64;     // operations in flight, over all connections; at least one each
    std::uint32_t connections = 0;  // 0: one to each target
    std::uint64_t keys = 100'000;
    std::uint64_t value_size = 256;
    std::chrono::duration<double> seconds{6};
    std::chrono::duration<double> warm_up{1.5};
    std::uint32_t runs = 1;
    bool preload = true;
    bool json = false;
};

constexpr int exit_failure = 1;
constexpr int exit_bad_arguments = 128;

// The options, or the exit code when there is nothing more to do: help was asked for, or a flag was wrong and
// said so in one line on stderr.
[[nodiscard]] std::variant<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace kvbus::bench
