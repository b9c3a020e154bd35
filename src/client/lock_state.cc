#include "client/lock_state.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "client/watch_place.h"
#include "machine/line.h"

namespace kvbus {
namespace {

using std::chrono::milliseconds;

// A node that has stopped holds up a candidate for this long, then another one is asked.
constexpr milliseconds round_max{10'000};

// What is left of the time to wait in line.
class Patience {
  public:
    explicit Patience(std::optional<milliseconds> timeout) {
        if (timeout) end_ = monotonic_now() + *timeout;
    }
    // For one round; zero: none is left.
    [[nodiscard]] milliseconds left() const {
        if (!end_) return round_max;
        return std::clamp(std::chrono::duration_cast<milliseconds>(*end_ - monotonic_now()), milliseconds{},
                          round_max);
    }

  private:
    std::optional<Instant> end_;
};

// The candidate may have its place, or can still get it.
bool worth_another_round(Code code) {
    return code == Code::not_first || code == Code::outcome_unknown || !client::is_final(code);
}

Error out_of_time(std::string_view name) {
    return {Code::timeout, "somebody else is the first in the line for " + std::string(name) +
                               "; the place in it was given up"};
}

// In rounds, until the place is the first or there is no hope left.
Result<Candidacy> wait_in_line(const Lock::State& state, std::string_view name, std::string_view value,
                               std::optional<milliseconds> timeout) {
    const Patience patience(timeout);
    Error last = out_of_time(name);
    for (milliseconds left = patience.left(); left > milliseconds{}; left = patience.left()) {
        Result<Candidacy> place = state.client.campaign(name, state.lease, value, left);
        if (place.ok() || !worth_another_round(place.error().code)) return place;
        last = client::is_final(place.error().code) ? out_of_time(name) : place.error();
        if (state.keep_alive && state.keep_alive->lost())
            return Error{Code::lease_not_found, "the lease was lost while its owner waited in line"};
    }
    return last;
}

}  // namespace

Result<std::unique_ptr<Lock::State>> Lock::State::take(Client& client, std::string_view name,
                                                       std::string_view value, LockOptions options) {
    if (options.timeout && *options.timeout < milliseconds{1})
        return Error{Code::invalid_argument, "timeout: must be at least 1 ms, or none to wait for ever"};
    std::unique_ptr<State> state(new State{.client = client, .lease = options.lease});
    if (!state->lease) {
        const Result<LeaseResult> lease = client.grant_lease(options.ttl);
        if (!lease.ok()) return lease.error();
        state->lease = lease->lease;
        state->granted = true;
        state->keep_alive.emplace(client, lease->lease, lease->ttl, std::move(options.lost));
    }
    Result<Candidacy> place = wait_in_line(*state, name, value, options.timeout);
    if (place.ok()) {
        state->key = std::move(place->key);
        state->token = place->token;
        state->held = true;
        return state;
    }
    if (state->granted) {
        state->end_lease();
    } else {
        (void)client.remove(machine::place_in_line(name, state->lease));
    }
    return place.error();
}

Txn Lock::State::if_held(TxnOperation operation) const {
    Txn txn;
    txn.compares = {create_revision_of(key, Relation::equal, token.value)};
    txn.success = {std::move(operation)};
    return txn;
}

Error Lock::State::place_lost() const {
    return {Code::place_lost, key + " is not held any more: its lease ended, or somebody removed it"};
}

Result<void> Lock::State::give_up() {
    if (!held) return place_lost();
    const Result<TxnResult> removed = client.txn(if_held({TxnRemove{key}}));
    end_lease();
    if (!removed.ok()) return removed.error();
    held = false;
    if (!removed->succeeded) return place_lost();
    return {};
}

void Lock::State::give_up_without_waiting() {
    if (!std::exchange(held, false)) return;
    client.txn_async(if_held({TxnRemove{key}}), [](const Result<TxnResult>&) {});
    end_lease();
}

void Lock::State::end_lease() {
    keep_alive.reset();
    if (granted) client.revoke_lease_async(lease, [](const Result<Done>&) {});
    granted = false;
}

}  // namespace kvbus
