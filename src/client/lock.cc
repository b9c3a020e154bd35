#include <utility>

#include "client/lock_state.h"

namespace kvbus {

// --- Lock ------------------------------------------------------------------------------------------------

Lock::Lock(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<Lock> Lock::acquire(Client& client, std::string_view name, LockOptions options) {
    Result<std::unique_ptr<State>> state = State::take(client, name, {}, std::move(options));
    if (!state.ok()) return state.error();
    return Lock(std::move(*state));
}

Lock::Lock(Lock&&) noexcept = default;

Lock& Lock::operator=(Lock&& other) noexcept {
    if (state_) state_->give_up_without_waiting();
    state_ = std::move(other.state_);
    return *this;
}

Lock::~Lock() {
    if (state_) state_->give_up_without_waiting();
}

Revision Lock::token() const {
    return state_->token;
}
const std::string& Lock::key() const {
    return state_->key;
}
bool Lock::lost() const {
    return state_->keep_alive && state_->keep_alive->lost();
}

Result<void> Lock::unlock() {
    return state_->give_up();
}

// --- Leadership ------------------------------------------------------------------------------------------

Leadership::Leadership(Lock lock) : lock_(std::move(lock)) {}

Result<Leadership> Leadership::campaign(Client& client, std::string_view election, std::string_view value,
                                        LockOptions options) {
    auto state = Lock::State::take(client, election, value, std::move(options));
    if (!state.ok()) return state.error();
    return Leadership(Lock(std::move(*state)));
}

Leadership::Leadership(Leadership&&) noexcept = default;
Leadership& Leadership::operator=(Leadership&&) noexcept = default;
Leadership::~Leadership() = default;

Revision Leadership::token() const {
    return lock_.token();
}
const std::string& Leadership::key() const {
    return lock_.key();
}
bool Leadership::lost() const {
    return lock_.lost();
}

Result<void> Leadership::proclaim(std::string_view value) {
    const Lock::State& state = *lock_.state_;
    const TxnOperation put{TxnPut{state.key, std::string(value), {.lease = state.lease}}};
    const Result<TxnResult> proclaimed = state.client.txn(state.if_held(put));
    if (!proclaimed.ok()) return proclaimed.error();
    if (!proclaimed->succeeded) return state.place_lost();
    return {};
}

Result<void> Leadership::resign() {
    return lock_.unlock();
}

}  // namespace kvbus
