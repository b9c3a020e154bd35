#include "kvctl/place_in_line.h"

#include <future>
#include <utility>

#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"

namespace kvbus::kvctl {
void add_place_flags(CLI::App& app, PlaceFlags& flags, const char* standard) {
    flags.ttl = *parse_lease_ttl(standard);
    add_parsed(
        app, "--ttl", flags.ttl, parse_lease_ttl,
        {"TTL", "is neither seconds nor a duration above 0, as in 60, 90s or 1h30m",
         "How long it outlives a kvctl that dies: seconds, or a duration as in 1m30s", false, standard});
    add_parsed(app, "--timeout", flags.timeout, parse_lease_ttl,
               {"DURATION", "is neither seconds nor a duration above 0, as in 60, 90s or 1h30m",
                "Give up when it is not to be had within this time; else exit status 1", false, "for ever"});
}

PlaceInLine::PlaceInLine(Client& client, const LeaseResult& lease)
    : client_(&client),
      lease_(lease.lease),
      lease_lost_(std::make_shared<std::atomic<bool>>(false)),
      keep_alive_(std::make_unique<KeepAlive>(client, lease.lease, lease.ttl,
                                              [lost = lease_lost_](const Error&) { *lost = true; })) {}

Result<PlaceInLine> PlaceInLine::take(Client& client, const PlaceFlags& flags) {
    const auto lease = client.grant_lease(flags.ttl);
    if (!lease.ok()) return lease.error();
    return PlaceInLine(client, *lease);
}

// Revoking the lease ends a campaign that waits.
Result<void> PlaceInLine::wait(const std::string& name, const std::string& value, const PlaceFlags& flags,
                               const Interruption& interruption) {
    auto campaign = std::async(std::launch::async, [&] {
        return Leadership::campaign(*client_, name, value, {.lease = lease_, .timeout = flags.timeout});
    });
    bool interrupted = false;
    while (campaign.wait_for(std::chrono::milliseconds{100}) != std::future_status::ready) {
        const bool give_up = interruption.signal() != 0 || *lease_lost_;
        if (give_up && !std::exchange(interrupted, true)) static_cast<void>(leave());
    }
    auto leadership = campaign.get();
    if (interruption.signal() != 0)
        return Error{Code::closed, "interrupted while waiting for \"" + name + "\""};
    if (!leadership.ok()) {
        const Code code = leadership.error().code;
        const bool too_late =
            code == Code::timeout || code == Code::not_first || code == Code::outcome_unknown;
        if (!flags.timeout || !too_late) return leadership.error();
        return Error{Code::timeout,
                     "\"" + name + "\" was not to be had within --timeout: somebody else is first"};
    }
    leadership_ = std::move(*leadership);
    watch_removal(token());
    return {};
}

void PlaceInLine::watch_removal(Revision after) {
    WatchOptions removal{.revision = Revision{after.value + 1}, .keys_only = true, .no_put = true};
    removal_ = std::make_unique<Watcher>(*client_, key(), std::move(removal));
}

bool PlaceInLine::lost(std::chrono::milliseconds look) {
    const auto removed = removal_->next(look);
    if (*lease_lost_ || (removed.ok() && !removed->events.empty())) return true;
    if (removed.ok() || removed.error().code == Code::timeout) return false;
    // The watch fell behind what is compacted: the key itself tells.
    const auto now = client_->get(key(), {.keys_only = true});
    if (!now.ok()) return false;
    if (now->kvs.empty() || now->kvs.front().create_revision != token()) return true;
    watch_removal(now->header.revision);
    return false;
}

Result<void> PlaceInLine::leave() {
    keep_alive_.reset();
    const auto revoked = client_->revoke_lease(lease_);
    if (!revoked.ok() && revoked.error().code != Code::lease_not_found) return revoked.error();
    return {};
}

}  // namespace kvbus::kvctl
