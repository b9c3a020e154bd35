// lease grant, revoke, timetolive, list, keep-alive.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/flags.h"
#include "kvctl/interruption.h"
#include "kvctl/output.h"
#include "kvctl/parse_text.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

struct GrantFlags {
    std::chrono::milliseconds ttl{};
    LeaseId lease{};
};

struct LeaseFlags {
    LeaseId lease{};
    bool keys = false;
    bool once = false;
};

struct NoFlags {};

void add_lease(CLI::App& app, LeaseFlags& flags) {
    add_parsed(app, "ID", flags.lease, parse_lease_id, {"ID", not_a_lease, "The lease, in hex", true});
}

// --- grant, revoke, list -----------------------------------------------------------------------------------

void add_grant_flags(CLI::App& app, GrantFlags& flags) {
    add_parsed(app, "TTL", flags.ttl, parse_lease_ttl,
               {"TTL", "is neither seconds nor a duration above 0, as in 60, 90s or 1h30m",
                "How long it lasts without keep-alive: seconds, or a duration as in 1h30m", true});
    add_parsed(
        app, "--id", flags.lease, parse_lease_id,
        {"ID", "is not a number in hex of at most 16 digits", "Its id, in hex; if none, one is drawn"});
}

Finish grant(const Globals& globals, const GrantFlags& flags) {
    Client& client = connect(globals);
    const auto result = client.grant_lease(flags.ttl, flags.lease);
    if (!result.ok()) return fail(result.error());
    return {exit_ok, make_printer(globals.print)->lease_granted(*result), {}};
}

Finish revoke(const Globals& globals, const LeaseFlags& flags) {
    Client& client = connect(globals);
    const auto done = client.revoke_lease(flags.lease);
    if (!done.ok()) return fail(done.error());
    return {exit_ok, make_printer(globals.print)->lease_revoked(*done, flags.lease), {}};
}

Finish list(const Globals& globals, const NoFlags&) {
    Client& client = connect(globals);
    const auto leases = client.leases();
    if (!leases.ok()) return fail(leases.error());
    return {exit_ok, make_printer(globals.print)->leases(*leases), {}};
}

// --- timetolive --------------------------------------------------------------------------------------------

void add_time_to_live_flags(CLI::App& app, LeaseFlags& flags) {
    add_lease(app, flags);
    app.add_flag("--keys", flags.keys, "Also show the keys that it holds");
}

Finish time_to_live(const Globals& globals, const LeaseFlags& flags) {
    Client& client = connect(globals);
    const auto status = client.lease_status(flags.lease, flags.keys);
    LeaseView view{.with_keys = flags.keys};
    if (status.ok()) {
        view.status = *status;
    } else if (status.error().code == Code::lease_not_found) {
        view.status.lease = flags.lease;
        view.expired = true;
    } else {
        return fail(status.error());
    }
    return {exit_ok, make_printer(globals.print)->lease_status(view), {}};
}

// --- keep-alive --------------------------------------------------------------------------------------------

void add_keep_alive_flags(CLI::App& app, LeaseFlags& flags) {
    add_lease(app, flags);
    app.add_flag("--once", flags.once, "Renew it once, and end");
}

// The lease is not there, or not any more.
Finish gone(const Globals& globals, LeaseId lease) {
    if (globals.print.format != Format::simple) return {};
    return {exit_ok, "lease " + lease_text(lease) + " expired or revoked.\n", {}};
}

// A third of the ttl leaves time for two more attempts. While there is no leader no lease ends, so failures
// are told and outlasted once a first renewal has succeeded.
Finish keep_alive(const Globals& globals, const LeaseFlags& flags) {
    Client& client = connect(globals);
    const auto printer = make_printer(globals.print);
    std::chrono::milliseconds pause{};
    const Interruption interruption;
    while (!interruption.over()) {
        const auto result = client.keep_alive_once(flags.lease);
        if (result.ok()) {
            if (flags.once) return {exit_ok, printer->lease_kept_alive(*result), {}};
            if (!write_out(printer->lease_kept_alive(*result))) return fail(exit_error, cannot_write);
            pause = result->ttl / 3;
        } else if (flags.once) {
            return fail(result.error());
        } else if (result.error().code == Code::lease_not_found) {
            return gone(globals, flags.lease);
        } else if (pause == pause.zero()) {
            return fail(result.error());
        } else {
            write_error(result.error().message + "; trying again");
            pause = std::min(pause, std::chrono::milliseconds{1000});
        }
        static_cast<void>(interruption.wait(pause));
    }
    return {};
}

}  // namespace

void add_lease_commands(CLI::App& app, Command& chosen) {
    CLI::App* group = app.add_subcommand("lease", "Grants and ends leases, with which keys are removed");
    group->require_subcommand(1)->fallthrough();
    group->footer("Example: kvctl lease grant 60");
    add_command(*group, chosen,
                {"grant", "Makes a lease of at least this time",
                 "Keys are put under it with kvctl put --lease ID.\n\n"
                 "Examples: kvctl lease grant 60\n"
                 "          kvctl lease grant 1h30m"},
                add_grant_flags, grant);
    add_command(
        *group, chosen,
        {"revoke", "Ends a lease and removes its keys", "Example: kvctl lease revoke 32695410dcc0ca06"},
        add_lease, revoke);
    add_command(*group, chosen,
                {"timetolive", "Shows how long a lease still lasts",
                 "Example: kvctl lease timetolive 32695410dcc0ca06 --keys"},
                add_time_to_live_flags, time_to_live);
    add_command<NoFlags>(
        *group, chosen, {"list", "Lists the leases", "Example: kvctl lease list"}, [](CLI::App&, NoFlags&) {},
        list);
    add_command(*group, chosen,
                {"keep-alive", "Renews a lease until it is gone, or this is interrupted",
                 "Examples: kvctl lease keep-alive 32695410dcc0ca06\n"
                 "          kvctl lease keep-alive --once 32695410dcc0ca06"},
                add_keep_alive_flags, keep_alive);
}

}  // namespace kvbus::kvctl
