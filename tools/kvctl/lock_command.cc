// lock.
#include <CLI/CLI.hpp>
#include <signal.h>

#include "base/clock.h"
#include "kvctl/add_command.h"
#include "kvctl/child_process.h"
#include "kvctl/exit_status.h"
#include "kvctl/output.h"
#include "kvctl/place_in_line.h"

namespace kvbus::kvctl {
namespace {

constexpr std::chrono::milliseconds look{100};
constexpr Duration grace = std::chrono::seconds{10};  // between SIGTERM and SIGKILL

struct Flags {
    std::string name;
    PlaceFlags place;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("NAME", flags.name, "The lock; what stands behind it is the command to run")->required();
    add_place_flags(app, flags.place, "10");
}

std::string lost_message(const Flags& flags) {
    return "the lock \"" + flags.name + "\" is lost: its lease has ended, or somebody removed its key";
}

Environment lock_environment(const PlaceInLine& held) {
    const std::string token = std::to_string(held.token().value);
    return {"KVBUS_LOCK_KEY=" + held.key(), "KVBUS_LOCK_TOKEN=" + token, "ETCD_LOCK_KEY=" + held.key(),
            "ETCD_LOCK_REV=" + token};
}

// A command that does not end by itself once it was told to.
void terminate(ChildProcess& child) {
    child.signal(SIGTERM);
    const Instant until = monotonic_now() + grace;
    while (monotonic_now() < until) {
        if (child.wait(look)) return;
    }
    child.signal(SIGKILL);
    while (!child.wait(look)) {
    }
}

// While the command runs it decides what a signal means.
Finish run_locked(const Globals& globals, const Flags& flags, PlaceInLine& place,
                  Interruption& interruption) {
    auto child = ChildProcess::start(globals.run, lock_environment(place));
    if (!child.ok()) return fail(exit_error, child.error().message);
    while (true) {
        if (const auto status = child->wait(look)) return {*status, {}, {}};
        if (place.lost(std::chrono::milliseconds{1})) {
            write_error(lost_message(flags) + "; the command is terminated");
            terminate(*child);
            return {exit_lost, {}, {}};
        }
        if (interruption.signal() == 0) continue;
        if (!interruption.from_terminal()) child->signal(interruption.signal());
        interruption.forget();
    }
}

// As etcdctl: shows the key, and holds it until a signal.
Finish hold(const Globals& globals, const Flags& flags, PlaceInLine& place,
            const Interruption& interruption) {
    const auto entry = connect(globals).get(place.key());
    if (!entry.ok()) return fail(entry.error());
    if (!write_out(make_printer(globals.print)->get(*entry, false))) return fail(exit_error, cannot_write);
    while (interruption.signal() == 0) {
        if (place.lost(look)) return fail(exit_lost, lost_message(flags));
    }
    return {};
}

Finish lock(const Globals& globals, const Flags& flags) {
    if (flags.name.empty()) return fail(exit_input, "NAME is empty; a lock needs a name");
    Interruption interruption;
    auto place = PlaceInLine::take(connect(globals), flags.place);
    if (!place.ok()) return fail(place.error());
    const auto held = place->wait(flags.name, "", flags.place, interruption);
    Finish finish;
    if (!held.ok()) {
        finish = fail(held.error());
    } else if (globals.run.empty()) {
        finish = hold(globals, flags, *place, interruption);
    } else {
        finish = run_locked(globals, flags, *place, interruption);
    }
    if (const auto left = place->leave(); !left.ok())
        finish.errors.push_back("the lock is not released before its lease ends: " + left.error().message);
    return finish;
}

}  // namespace

void add_lock_command(CLI::App& app, Command& chosen) {
    add_command(
        app, chosen,
        {"lock", "Takes a lock, and holds it until interrupted or while a command runs",
         "kvctl lock [options] NAME [CMD args…]\n\n"
         "Without a command it shows the key that stands for the lock. A command finds that key in\n"
         "KVBUS_LOCK_KEY, and in KVBUS_LOCK_TOKEN a number that grows from holder to holder: what the lock\n"
         "protects should refuse a number lower than one that it has seen. (Also as ETCD_LOCK_KEY and\n"
         "ETCD_LOCK_REV.) Who waits longest is next.\n\n"
         "Exit status: that of the command; 1 when it cannot be executed or the lock is not to be had in "
         "time;\n"
         "7 when the lock is lost: the command gets SIGTERM then, and SIGKILL after 10 s.\n\n"
         "Examples: kvctl lock backup\n"
         "          kvctl lock --ttl 30 --timeout 1m backup tar -cf /backup/today.tar /data\n"
         "          kvctl lock deploy sh -c 'deploy --fence $KVBUS_LOCK_TOKEN'"},
        add_flags, lock);
}

}  // namespace kvbus::kvctl
