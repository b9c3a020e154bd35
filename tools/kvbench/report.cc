#include "kvbench/report.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace kvbus::bench {
namespace {

using Count = std::uint64_t EndpointStatus::*;

constexpr std::array<std::pair<std::string_view, Count>, 8> counts{{
    {"client_frames_in", &EndpointStatus::client_frames_in},
    {"client_frames_out", &EndpointStatus::client_frames_out},
    {"peer_frames_in", &EndpointStatus::peer_frames_in},
    {"peer_frames_out", &EndpointStatus::peer_frames_out},
    {"loop_turns", &EndpointStatus::loop_turns},
    {"wake_ups", &EndpointStatus::wake_ups},
    {"log_entries", &EndpointStatus::log_entries},
    {"disk_syncs", &EndpointStatus::disk_syncs},
}};

// The figures that both forms print.
struct Figures {
    std::uint64_t ops;
    double seconds;
    double ops_per_second;
    double p50_us, p99_us, p999_us;
    std::vector<double> server_us;  // CPU per operation, each node
    double server_us_sum;
    double client_us;
};

// How far a node's counter went in the window, over the operations.
std::vector<double> per_op(const Run& run, Count count) {
    const auto ops = static_cast<double>(std::max<std::uint64_t>(run.tally.latency.count(), 1));
    std::vector<double> rates;
    for (std::size_t i = 0; i < run.after.size(); ++i)
        rates.push_back(static_cast<double>(run.after[i].*count - run.before[i].*count) / ops);
    return rates;
}

Figures figures_of(const Run& run) {
    const auto& latency = run.tally.latency;
    const auto microseconds = [&](double q) { return static_cast<double>(latency.quantile(q)) / 1e3; };
    const double seconds = std::chrono::duration<double>(run.elapsed).count();
    Figures figures{.ops = latency.count(),
                    .seconds = seconds,
                    .ops_per_second = static_cast<double>(latency.count()) / seconds,
                    .p50_us = microseconds(0.5),
                    .p99_us = microseconds(0.99),
                    .p999_us = microseconds(0.999),
                    .server_us = per_op(run, &EndpointStatus::cpu_us),
                    .server_us_sum = 0,
                    .client_us = static_cast<double>(run.client_cpu.count()) / 1e3 /
                                 static_cast<double>(std::max<std::uint64_t>(latency.count(), 1))};
    for (const double each : figures.server_us)
        figures.server_us_sum += each;
    return figures;
}

std::string json_array(const std::vector<double>& values, std::string_view format) {
    std::string out = "[";
    for (const double value : values) {
        if (out.size() > 1) out += ',';
        fmt::format_to(std::back_inserter(out), fmt::runtime(format), value);
    }
    return out + "]";
}

std::vector<double> rss_peak_mib(const Run& run) {
    std::vector<double> peaks;
    for (const auto& node : run.after)
        peaks.push_back(static_cast<double>(node.rss_peak_bytes) / (1 << 20));
    return peaks;
}

std::string readable(double microseconds) {
    return microseconds < 1000 ? fmt::format("{:.0f} us", microseconds)
                               : fmt::format("{:.2f} ms", microseconds / 1e3);
}

}  // namespace

std::string json_line(const Options& options, const Run& run) {
    const Figures figures = figures_of(run);
    std::string line = fmt::format(
        R"({{"peer":"kvbus","workload":"{}","c":{},"conns":{},"vsize":{},"keys":{},"secs":{:.3f},"ops":{},)"
        R"("ops_per_s":{:.1f},"p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"server_cpu_us_per_op":{:.2f},)"
        R"("server_cpu_us_per_op_each":{},"client_cpu_us_per_op":{:.2f},"peak_rss_mib":{},"errors":{},"leader":{},)"
        R"("per_op":{{)",
        name_of(options.workload), options.clients, run.connections, options.value_size, options.keys,
        figures.seconds, figures.ops, figures.ops_per_second, figures.p50_us, figures.p99_us, figures.p999_us,
        figures.server_us_sum, json_array(figures.server_us, "{:.2f}"), figures.client_us,
        json_array(rss_peak_mib(run), "{:.1f}"), run.tally.errors, run.leader);
    for (const auto& [name, count] : counts) {
        if (line.back() != '{') line += ',';
        line += fmt::format(R"("{}":{})", name, json_array(per_op(run, count), "{:.4f}"));
    }
    return line + "}}";
}

std::string table_head() {
    return fmt::format("{:<8} {:>9} {:>6} {:>11} {:>10} {:>10} {:>10} {:>13} {:>13} {:>7}", "workload",
                       "in flight", "conns", "ops/s", "p50", "p99", "p99.9", "server us/op", "client us/op",
                       "errors");
}

std::string table_line(const Options& options, const Run& run) {
    const Figures figures = figures_of(run);
    return fmt::format("{:<8} {:>9} {:>6} {:>11.0f} {:>10} {:>10} {:>10} {:>13.2f} {:>13.2f} {:>7}",
                       name_of(options.workload), options.clients, run.connections, figures.ops_per_second,
                       readable(figures.p50_us), readable(figures.p99_us), readable(figures.p999_us),
                       figures.server_us_sum, figures.client_us, run.tally.errors);
}

}  // namespace kvbus::bench
