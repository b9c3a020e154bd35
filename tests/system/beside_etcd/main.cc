// beside_etcd_test: the same command lines by etcdctl on an etcd and by kvctl on a kvd, both new, and the
// same must come of them, but for the differences that are listed. Once for each output format, since a line
// leaves its traces for the next.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "system/beside_etcd/script.h"
#include "system/beside_etcd/tool.h"
#include "system/harness/cluster.h"
#include "system/harness/table.h"

namespace {

using namespace kvbus;
using namespace kvbus::beside_etcd;

struct Options {
    std::string etcd = "/usr/bin/etcd";
    std::string etcdctl = "/usr/bin/etcdctl";
    std::string commands;
    std::string differences;
    bool show = false;
};

std::optional<int> parse(Options& options, int argc, char** argv) {
    CLI::App app{"Runs command lines with etcdctl and with kvctl and compares what comes of them."};
    app.add_option("--etcd", options.etcd, "etcd 3.4")->capture_default_str();
    app.add_option("--etcdctl", options.etcdctl, "etcdctl 3.4")->capture_default_str();
    app.add_option("--commands", options.commands, "The command lines")->required();
    app.add_option("--differences", options.differences, "The differences that are meant")->required();
    app.add_flag("--show", options.show, "Show all answers, not only those that differ");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    return std::nullopt;
}

// Takes the listed differences of a line away from a pair of answers, and tells which were none.
std::vector<std::string> reconcile(const Script& script, const CommandLine& line, const std::string& form,
                                   Answer& etcdctl, Answer& kvctl) {
    std::vector<std::string> complaints;
    for (const auto& name : line.differences) {
        const auto& difference = script.differences.at(name);
        if (const auto& statuses = difference.statuses) {
            if (etcdctl.status == statuses->etcdctl && kvctl.status == statuses->kvctl)
                kvctl.status = etcdctl.status;
            else
                complaints.push_back("the exit statuses are not those of " + name);
        }
        for (const auto& edit : difference.edits) {
            if (edit.form != form) continue;
            auto& out = edit.tool == "kvctl" ? kvctl.out : etcdctl.out;
            const bool was_equal = etcdctl.out == kvctl.out;
            const auto edited = std::regex_replace(out, edit.pattern, edit.replacement);
            if (was_equal || edited == out) complaints.push_back(name + " is no difference any more");
            out = edited;
        }
    }
    return complaints;
}

struct Tally {
    int compared = 0;
    int with_differences = 0;
    int failed = 0;
};

void print(const std::string& tool, const Answer& answer) {
    std::printf("    %-8s status %d%s\n", tool.c_str(), answer.status, answer.complains ? ", complains" : "");
    std::size_t begin = 0;
    while (begin < answer.out.size()) {
        const auto end = std::min(answer.out.find('\n', begin), answer.out.size());
        std::printf("        %.*s\n", static_cast<int>(end - begin), answer.out.data() + begin);
        begin = end + 1;
    }
}

void compare(const Options& options, const Script& script, const std::string& form, Tally& tally) {
    harness::TestDir dir("beside-etcd");
    Etcd etcd(dir, options.etcd);
    harness::Cluster cluster(dir, {.nodes = 1});
    cluster.start_all();
    Tool etcdctl(dir, "etcdctl", {options.etcdctl, "--endpoints", etcd.endpoint()});
    Tool kvctl(dir, "kvctl", {harness::kvctl_path(), "--endpoints", cluster.client_url(0)});
    harness::wait_for("etcd to serve", harness::patience, [&]() -> std::string {
        return etcdctl.run({.text = "get nothing"}, form).status == 0 ? "" : "it does not";
    });
    for (const auto& line : script.lines) {
        const auto from_etcdctl = etcdctl.run(line, form);
        const auto from_kvctl = kvctl.run(line, form);
        auto left = from_etcdctl, right = from_kvctl;
        auto complaints = reconcile(script, line, form, left, right);
        if (left.status != right.status) complaints.emplace_back("the exit statuses differ");
        if (left.out != right.out) complaints.emplace_back("the outputs differ");
        if (from_kvctl.complains != (from_kvctl.status != 0))
            complaints.emplace_back("kvctl says something on stderr when, and only when, it fails");
        ++tally.compared;
        tally.with_differences += line.differences.empty() ? 0 : 1;
        tally.failed += complaints.empty() ? 0 : 1;
        if (complaints.empty() && !options.show) continue;
        std::printf("%d (%s): %s\n", line.number, form.c_str(), line.text.c_str());
        for (const auto& complaint : complaints)
            std::printf("    FAILED: %s\n", complaint.c_str());
        print("etcdctl", from_etcdctl);
        print("kvctl", from_kvctl);
    }
}

bool run(const Options& options) {
    const auto script = read_script(options.commands, options.differences);
    Tally tally;
    for (const std::string form : forms)
        compare(options, script, form, tally);
    harness::print_rows({{"command lines", std::to_string(script.lines.size())},
                         {"output formats", std::to_string(forms.size())},
                         {"answers compared", std::to_string(tally.compared)},
                         {"of them with a listed difference", std::to_string(tally.with_differences)},
                         {"listed differences", std::to_string(script.differences.size())},
                         {"failed", std::to_string(tally.failed)}});
    return tally.failed == 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = parse(options, argc, argv)) return *status;
    try {
        return run(options) ? 0 : 1;
    } catch (const harness::Failure& failure) {
        std::printf("FAILED: %s\n", failure.what());
    }
    return 1;
}
