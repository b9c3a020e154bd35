// Locks and elections: a line of candidates for a name, in the order in which they came. Each stands in it
// with a key that lives as long as its lease, which is kept alive in the background; so who dies leaves the
// line by itself.
//
//     auto lock = kvbus::Lock::acquire(client, "printer", {.ttl = std::chrono::seconds{10}});
//     if (!lock.ok()) return fail(lock.error());
//     print(page, lock->token());  // the printer refuses a token lower than one it has seen
//
//     auto leadership = kvbus::Leadership::campaign(client, "scheduler", "node 7");
//     if (!leadership.ok()) return fail(leadership.error());
//     schedule(leadership->token());
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

// Keeps a lease alive until destroyed; it does not end the lease then. It asks at once, and again after each
// third of the ttl, or a minute if that is shorter. Needs a client that outlives it.
//
//     auto lease = client.grant_lease(std::chrono::seconds{10});
//     if (!lease.ok()) return fail(lease.error());
//     kvbus::KeepAlive alive(client, lease->lease, lease->ttl);
//     auto put = client.put("workers/7", "here", {.lease = lease->lease});
class KeepAlive {
  public:
    // Called at most once, on the client's thread, when the lease is known to be gone, or its ttl has passed
    // since the last keep-alive that was confirmed was sent. Not once the destructor has returned, which
    // waits for a call that is running, unless called in one.
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
    std::chrono::milliseconds ttl{60'000};  // of the lease that is granted for it, and revoked with it
    LeaseId lease{};                        // one that its owner keeps alive, instead
    std::optional<std::chrono::milliseconds> timeout{};  // to wait in line; none: for ever
    KeepAlive::OnLost lost{};  // the lease that was granted for it is lost: it is held no longer, or may not
};

// Held until destroyed or unlocked. Needs a client that outlives it. One thread at a time.
class Lock {
  public:
    // Waits through failures of nodes too, as long as the lease may last. However it fails, the place in line
    // is given up. Errors: timeout, lease_not_found, place_lost, and those of all calls.
    [[nodiscard]] static Result<Lock> acquire(Client& client, std::string_view name,
                                              LockOptions options = {});
    Lock(Lock&&) noexcept;
    Lock& operator=(Lock&&) noexcept;
    ~Lock();  // unlocks, without waiting for an answer

    [[nodiscard]] Revision token() const;  // grows from holder to holder
    [[nodiscard]] const std::string& key() const;
    [[nodiscard]] bool lost() const;  // the lease that was granted for it is
    // Errors: place_lost (it was held no longer), and those of all calls: then it ends with its lease.
    Result<void> unlock();

    struct State;

  private:
    friend class Leadership;
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

// Calls back with the leader's key, when it is known and whenever it or its value has changed; of changes in
// quick succession, with the last. Not while nobody leads. An error is the last call, as with a watch.
using OnLeader = std::function<void(Result<KeyValue>)>;
[[nodiscard]] Watch observe(Client& client, std::string_view election, OnLeader changed);

}  // namespace kvbus
