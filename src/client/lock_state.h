// The first place in a line, held with a lease: what a Lock and a Leadership are made of. One thread at a
// time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/lock.h>

namespace kvbus {

struct Lock::State {
    Client& client;
    LeaseId lease;
    bool granted = false;                 // for this: it ends with it
    std::optional<KeepAlive> keep_alive;  // of a lease that was granted
    std::string key;
    Revision token;
    bool held = false;  // for all that is known here

    // Waits for the place.
    [[nodiscard]] static Result<std::unique_ptr<State>> take(Client& client, std::string_view name,
                                                             std::string_view value, LockOptions options);

    // Something to be done only while the place is held.
    [[nodiscard]] Txn if_held(TxnOperation operation) const;
    [[nodiscard]] Error place_lost() const;

    Result<void> give_up();
    void give_up_without_waiting();  // nothing happens when it is not held

  private:
    void end_lease();  // if it was granted for this
};

}  // namespace kvbus
