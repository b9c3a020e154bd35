#include "kvbench/options.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

namespace kvbus::bench {
namespace {

constexpr std::uint32_t connections_max = 4096;
constexpr std::uint64_t keys_max = 1'000'000'000;
constexpr std::uint64_t value_bytes_max = 1 << 20;

const std::map<std::string, Workload> workloads{
    {"put", Workload::put}, {"get", Workload::get}, {"sget", Workload::sget}, {"load", Workload::load}};
const std::map<std::string, Target> targets{{"leader", Target::leader}, {"all", Target::all}};

int complain(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    std::fprintf(stderr, "kvbench: %s; see kvbench --help\n", message.c_str());
    return exit_bad_arguments;
}

// What the range of a single number cannot say. Nothing when all is well.
std::optional<std::string> contradiction(const Options& options) {
    if (options.connections > options.clients)
        return "--connections " + std::to_string(options.connections) + " is more than --clients " +
               std::to_string(options.clients) + ", so some would stand idle";
    const std::uint32_t connections = std::max<std::uint32_t>(options.connections, 1);
    if (options.clients > connections * std::uint64_t{connection_clients_max})
        return "--clients " + std::to_string(options.clients) + " needs --connections " +
               std::to_string((options.clients - 1) / connection_clients_max + 1) + " or more";
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Workload workload) {
    switch (workload) {
        case Workload::put:
            return "put";
        case Workload::get:
            return "get";
        case Workload::sget:
            return "sget";
        case Workload::load:
            return "load";
    }
    return "unknown";
}

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
    Options options;
    std::string workload;
    std::string target;
    std::string endpoints = "tcp://127.0.0.1:4370";
    double seconds = options.seconds.count();
    double warm_up = options.warm_up.count();
    bool no_preload = false;

    CLI::App app{
        "Loads a kvbus cluster in a closed loop: a fixed number of operations is in flight, and each that "
        "ends "
        "starts the next.",
        "kvbench"};
    app.set_version_flag("--version", "kvbench " KVBUS_VERSION);
    app.option_defaults()->always_capture_default();
    app.add_option("WORKLOAD", workload,
                   "put | get (linearizable) | sget (serializable) | load (write every key once)")
        ->required()
        ->check(CLI::IsMember(workloads).description(""));
    app.add_option("--endpoints", endpoints, "Client URLs of any nodes, comma-separated")
        ->envname("KVCTL_ENDPOINTS");
    app.add_option("--target", target, "Nodes to load: leader | all (default: all for sget, else leader)")
        ->check(CLI::IsMember(targets).description(""));
    app.add_option("--clients", options.clients, "Operations in flight")
        ->check(CLI::Range(1u, connection_clients_max * connections_max));
    app.add_option("--connections", options.connections, "Client objects; 0 is one for each target")
        ->check(CLI::Range(0u, connections_max));
    app.add_option("--keys", options.keys, "Keys to choose from")
        ->check(CLI::Range(std::uint64_t{1}, keys_max));
    app.add_option("--value-size", options.value_size, "Bytes of a value")
        ->check(CLI::Range(std::uint64_t{0}, value_bytes_max));
    app.add_option("--seconds", seconds, "Measured time of a run")->check(CLI::Range(0.1, 86'400.0));
    app.add_option("--warmup", warm_up, "Seconds before the measurement begins")
        ->check(CLI::Range(0.0, 3600.0));
    app.add_option("--runs", options.runs, "Measured runs, one line each")->check(CLI::Range(1u, 1000u));
    app.add_flag("--no-preload", no_preload, "Take it that the keys are there");
    app.add_flag("--json", options.json, "Print each run as one line of JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        return complain(error.what());
    }

    options.workload = workloads.at(workload);
    options.target = target.empty() ? (options.workload == Workload::sget ? Target::all : Target::leader)
                                    : targets.at(target);
    options.endpoints = CLI::detail::split(endpoints, ',');
    options.seconds = std::chrono::duration<double>{seconds};
    options.warm_up = std::chrono::duration<double>{warm_up};
    options.preload = !no_preload && options.workload != Workload::load;
    if (const auto reason = contradiction(options)) return complain(*reason);
    return options;
}

}  // namespace kvbus::bench
