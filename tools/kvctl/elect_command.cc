// elect.
#include <condition_variable>
#include <deque>
#include <mutex>

#include <CLI/CLI.hpp>

#include "kvctl/add_command.h"
#include "kvctl/exit_status.h"
#include "kvctl/output.h"
#include "kvctl/place_in_line.h"

namespace kvbus::kvctl {
namespace {

constexpr std::chrono::milliseconds look{100};

struct Flags {
    std::string name;
    std::optional<std::string> value;
    bool listen = false;
    PlaceFlags place;
};

void add_flags(CLI::App& app, Flags& flags) {
    app.add_option("NAME", flags.name, "The election")->required();
    app.add_option("VALUE", flags.value, "What the others shall know of this candidate, once it leads");
    app.add_flag("-l,--listen", flags.listen,
                 "Do not stand for election: show who leads, whenever that changes");
    add_place_flags(app, flags.place, "60");
}

// --- listening ---------------------------------------------------------------------------------------------

// From the client's thread to the one that prints. Of leaders that nobody has printed yet the oldest are
// forgotten: the last is the one that counts.
class Leaders {
  public:
    void add(Result<KeyValue> leader) {
        constexpr std::size_t kept_max = 1000;
        const std::lock_guard lock(mutex_);
        if (waiting_.size() == kept_max) waiting_.pop_front();
        waiting_.push_back(std::move(leader));
        changed_.notify_one();
    }
    [[nodiscard]] std::optional<Result<KeyValue>> next() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, look, [&] { return !waiting_.empty(); })) return std::nullopt;
        auto leader = std::move(waiting_.front());
        waiting_.pop_front();
        return leader;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Result<KeyValue>> waiting_;
};

Finish listen(const Globals& globals, const Flags& flags) {
    const Interruption interruption;
    Client& client = connect(globals);
    const auto printer = make_printer(globals.print);
    Leaders leaders;
    const Watch watch =
        observe(client, flags.name, [&](Result<KeyValue> leader) { leaders.add(std::move(leader)); });
    while (!interruption.over()) {
        auto leader = leaders.next();
        if (!leader) continue;
        if (!leader->ok()) return fail(leader->error());
        // The header, as etcdctl shows it.
        const auto now = client.get((*leader)->key, {.count_only = true});
        const GetResult shown{now.ok() ? now->header : Header{}, {std::move(leader->value())}};
        if (!write_out(printer->get(shown, false))) return fail(exit_error, cannot_write);
    }
    return {};
}

// --- standing for election
// -----------------------------------------------------------------------------------

Finish lead(const Globals& globals, const Flags& flags, PlaceInLine& place,
            const Interruption& interruption) {
    const auto entry = connect(globals).get(place.key());
    if (!entry.ok()) return fail(entry.error());
    if (!write_out(make_printer(globals.print)->get(*entry, false))) return fail(exit_error, cannot_write);
    while (interruption.signal() == 0) {
        if (place.lost(look))
            return fail(exit_lost, "\"" + flags.name +
                                       "\" is led no longer: the lease has ended, or somebody "
                                       "removed the key");
    }
    return {};
}

Finish stand(const Globals& globals, const Flags& flags) {
    const Interruption interruption;
    auto place = PlaceInLine::take(connect(globals), flags.place);
    if (!place.ok()) return fail(place.error());
    const auto held = place->wait(flags.name, *flags.value, flags.place, interruption);
    Finish finish = held.ok() ? lead(globals, flags, *place, interruption) : fail(held.error());
    if (const auto left = place->leave(); !left.ok())
        finish.errors.push_back("nobody else leads before the lease ends: " + left.error().message);
    return finish;
}

Finish elect(const Globals& globals, const Flags& flags) {
    if (flags.name.empty()) return fail(exit_input, "NAME is empty; an election needs a name");
    if (flags.listen && flags.value)
        return fail(exit_arguments, "-l only listens; leave out -l or the VALUE \"" + *flags.value + "\"");
    if (!flags.listen && !flags.value)
        return fail(exit_arguments,
                    "VALUE is missing: what this candidate says of itself; to listen only, -l");
    return flags.listen ? listen(globals, flags) : stand(globals, flags);
}

}  // namespace

void add_elect_command(CLI::App& app, Command& chosen) {
    add_command(app, chosen,
                {"elect", "Stands for election and leads until interrupted; or shows who leads",
                 "It shows its key and VALUE once it leads. Who waits longest is next.\n\n"
                 "Exit status: 7 when the leadership is lost.\n\n"
                 "Examples: kvctl elect scheduler host-1\n"
                 "          kvctl elect -l scheduler\n"
                 "          kvctl elect -l scheduler -w jsonl --text"},
                add_flags, elect);
}

}  // namespace kvbus::kvctl
