// The command line of kvsim: what is asked, and whether it can be asked together. Nothing is run here, and no
// file is read. Plain data and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvbus::sim {

// What kvsim ends with. `check` uses the same numbers (linearizability/run_check.h).
enum class ExitStatus : int {
    ok = 0,           // nothing fails; with a mutant: it is found
    failed = 1,       // something fails, or less was run than was asked for; with a mutant: it is not found
    cannot_tell = 2,  // the mutant is pending
    bad_input = 3,    // a file, a seed, a field or a mutant that does not exist or makes no sense
    bad_usage = 128,  // options that do not exist or do not go together
};

// The reason why nothing can be run, for a person.
struct BadInput : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct BadUsage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct SeedRange {
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    friend bool operator==(const SeedRange&, const SeedRange&) = default;
};

struct Options {
    std::optional<SeedRange> seeds;
    std::optional<double> minutes;
    std::optional<double> hours_min;
    std::string replay;  // a file
    std::vector<std::pair<std::string, std::uint64_t>> settings;
    std::string mutant;
    bool all_mutants = false;
    std::string plans;  // a directory
    bool list_mutants = false;
    bool shrink = false;
    bool no_shrink = false;
    bool coverage = false;
    bool print_plan = false;
    unsigned jobs = 1;
    std::string history;  // of `check`
    std::string help;     // to be printed instead of anything else
};

// A..B, both included. Throws BadInput.
[[nodiscard]] SeedRange parse_seeds(std::string_view text);

// `arguments`: without the name of the program. Throws BadInput and BadUsage.
[[nodiscard]] Options parse_options(std::vector<std::string> arguments);

}  // namespace kvbus::sim
