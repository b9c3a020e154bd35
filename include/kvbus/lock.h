// Locks and elections: a line of candidates for a name, in the order in which they came. Each stands in it
// with a key that lives as long as its lease, which is kept alive in the background; so who dies leaves the
// line by itself.
//
//     auto lock = kvbus::Lock::acquire(client, "printer", {.ttl = std::chrono::seconds{10}});
//     if (!lock.ok()) return fail(lock.error());
//     print(page, lock->token());   // the printer refuses a token lower than one it has seen
//
// No lock that crosses a network is exclusive by itself: whoever holds it may be paused, and wake up after
// its lease has ended. What it protects should check the fencing token, or be written by a transaction that
// compares create_revision_of(lock.key()) with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kvbus/client.h>

namespace kvbus {

// Keeps a lease alive until destroyed. Needs a client that outlives it.
class KeepAlive {
  public:
    // Called once, on the client's thread, when the lease is known to be gone, or its ttl has passed without
    // a keep-alive that was confirmed.
    using OnLost = std::function<void(Error)>;
    KeepAlive(Client& client, LeaseId lease, std::chrono::milliseconds ttl, OnLost lost = {});
    KeepAlive(KeepAlive&&) noexcept;
    KeepAlive& operator=(KeepAlive&&) noexcept;
    ~KeepAlive();

    [[nodiscard]] bool lost() const;

    class Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

struct LockOptions {
    std::chrono::milliseconds ttl{60'000};               // of the lease, when none is given
    LeaseId lease{};                                     // one that its owner keeps alive
    std::optional<std::chrono::milliseconds> timeout{};  // to wait in line; none: for ever
    KeepAlive::OnLost lost{};                            // the lock is no longer held, or may not be
};

// Held until destroyed or unlocked. Needs a client that outlives it. One thread at a time.
class Lock {
  public:
    // Errors: timeout (and the place in line is given up), lease_not_found, place_lost, and those of all
    // calls.
    [[nodiscard]] static Result<Lock> acquire(Client& client, std::string_view name,
                                              LockOptions options = {});
    Lock(Lock&&) noexcept;
    Lock& operator=(Lock&&) noexcept;
    ~Lock();  // unlocks, without waiting for an answer

    [[nodiscard]] Revision token() const;  // grows from holder to holder
    [[nodiscard]] const std::string& key() const;
    [[nodiscard]] bool lost() const;
    Result<void> unlock();

    struct State;

  private:
    explicit Lock(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Leads until destroyed or resigned. Needs a client that outlives it. One thread at a time.
class Leadership {
  public:
    // Waits until this candidate leads. Errors as of Lock::acquire.
    [[nodiscard]] static Result<Leadership> campaign(Client& client, std::string_view election,
                                                     std::string_view value, LockOptions options = {});
    Leadership(Leadership&&) noexcept;
    Leadership& operator=(Leadership&&) noexcept;
    ~Leadership();  // resigns, without waiting for an answer

    [[nodiscard]] Revision token() const;
    [[nodiscard]] const std::string& key() const;
    [[nodiscard]] bool lost() const;
    // Says something else to those who look. Errors: place_lost (it leads no longer).
    Result<void> proclaim(std::string_view value);
    Result<void> resign();

  private:
    explicit Leadership(Lock lock);
    Lock lock_;
};

// The key of whoever leads; nothing when nobody does. Linearizable.
[[nodiscard]] Result<std::optional<KeyValue>> leader_of(Client& client, std::string_view election);

// Calls back with the leader's key, when it is known and at every change of it or of its value.
using OnLeader = std::function<void(Result<KeyValue>)>;
[[nodiscard]] Watch observe(Client& client, std::string_view election, OnLeader changed);

}  // namespace kvbus
