// Locks, elections and leases that are kept alive, over real sockets.
#include <atomic>
#include <future>
#include <thread>

#include <kvbus/lock.h>

#include "unit/client/client_fixture.h"

namespace kvbus::client {
namespace {

class LockTest : public ClientTest {
  protected:
    LockTest() {
        make_leader(1);
        node = start_node(1);
        client.emplace(ClientOptions{.endpoints = {node->url()}});
    }
    ~LockTest() override { client.reset(); }

    std::size_t keys(const std::string& prefix) {
        return client->get(prefix, {.range_end = prefix_end(prefix)})->kvs.size();
    }
    // Writes that nobody waits for are in order with those that follow on the same connection.
    void expect_nothing_left(const std::string& name) {
        EXPECT_EQ(keys(name + "/"), 0U);
        EXPECT_EQ(client->leases()->leases.size(), 0U);
    }

    std::unique_ptr<FakeServer> node;
    std::optional<Client> client;
};

TEST_F(LockTest, IsHeldUntilUnlocked) {
    auto lock = Lock::acquire(*client, "printer", {.ttl = 10s});
    ASSERT_TRUE(lock.ok()) << lock.error().message;
    EXPECT_TRUE(lock->key().starts_with("printer/"));
    EXPECT_FALSE(lock->lost());
    EXPECT_EQ(client->get(lock->key())->kvs.at(0).create_revision, lock->token());
    EXPECT_TRUE(lock->unlock().ok());
    expect_nothing_left("printer");
    EXPECT_EQ(code_of(lock->unlock()), Code::place_lost);
}

TEST_F(LockTest, IsReleasedWhenDestroyedOrReplaced) {
    auto first = Lock::acquire(*client, "a");
    ASSERT_TRUE(first.ok());
    auto second = Lock::acquire(*client, "b");
    ASSERT_TRUE(second.ok());
    *first = std::move(*second);
    EXPECT_EQ(keys("a/"), 0U);
    EXPECT_EQ(keys("b/"), 1U);
    { const Lock moved = std::move(*first); }
    expect_nothing_left("b");
}

TEST_F(LockTest, GoesDownTheLineWithGrowingTokens) {
    auto first = Lock::acquire(*client, "printer");
    ASSERT_TRUE(first.ok());
    std::promise<Result<Lock>> acquired;
    std::thread waiter([&] { acquired.set_value(Lock::acquire(*client, "printer")); });
    while (keys("printer/") < 2)
        std::this_thread::yield();
    const Revision token = first->token();
    EXPECT_TRUE(first->unlock().ok());
    waiter.join();
    const auto second = acquired.get_future().get();
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_GT(second->token(), token);
}

TEST_F(LockTest, OutOfTimeThePlaceIsGivenUp) {
    const auto held = Lock::acquire(*client, "printer");
    ASSERT_TRUE(held.ok());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(code_of(Lock::acquire(*client, "printer", {.timeout = 300ms})), Code::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 250ms);
    EXPECT_EQ(keys("printer/"), 1U);
    EXPECT_EQ(client->leases()->leases.size(), 1U) << "the lease of the one that gave up is revoked";

    const LeaseId mine = client->grant_lease(1min)->lease;
    EXPECT_EQ(code_of(Lock::acquire(*client, "printer", {.lease = mine, .timeout = 300ms})), Code::timeout);
    EXPECT_EQ(keys("printer/"), 1U);
    EXPECT_EQ(client->leases()->leases.size(), 2U) << "the lease that was given is its owner's";
    EXPECT_EQ(code_of(Lock::acquire(*client, "printer", {.timeout = 0ms})), Code::invalid_argument);
}

TEST_F(LockTest, WithALeaseThatIsNotThereItFails) {
    EXPECT_EQ(code_of(Lock::acquire(*client, "printer", {.lease = LeaseId{99}})), Code::lease_not_found);
}

TEST_F(LockTest, UnlockingRemovesNoOtherHoldersKey) {
    const LeaseId lease = client->grant_lease(1min)->lease;
    auto lock = Lock::acquire(*client, "printer", {.lease = lease});
    ASSERT_TRUE(lock.ok());
    ASSERT_TRUE(client->remove(lock->key()).ok());
    ASSERT_TRUE(client->campaign("printer", lease, "", 1s).ok()) << "the same key, made anew";
    EXPECT_EQ(code_of(lock->unlock()), Code::place_lost);
    EXPECT_EQ(keys("printer/"), 1U);
}

TEST_F(LockTest, ACampaignThatIsNotFirstKeepsItsPlace) {
    const LeaseId a = client->grant_lease(1min)->lease;
    const LeaseId b = client->grant_lease(1min)->lease;
    const auto first = client->campaign("e", a, "a", 1s);
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(code_of(client->campaign("e", b, "b", 2s)), Code::not_first);
    const auto place = client->get("e/", {.range_end = prefix_end("e/"), .sort_order = SortOrder::descend});
    ASSERT_EQ(place->kvs.size(), 2U);
    ASSERT_TRUE(client->remove(first->key).ok());
    const auto second = client->campaign("e", b, "b", 1s);
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_GT(second->token, first->token);
    EXPECT_EQ(code_of(client->campaign("e", b, "b", 0ms)), Code::invalid_argument);
    EXPECT_EQ(code_of(client->campaign("e", b, "b", 61s)), Code::invalid_argument);
}

// --- leases ----------------------------------------------------------------------------------------------

TEST_F(LockTest, ALeaseThatIsRevokedIsLost) {
    std::promise<Error> lost;
    const auto lease = client->grant_lease(2s);
    const KeepAlive alive(*client, lease->lease, lease->ttl,
                          [&](Error error) { lost.set_value(std::move(error)); });
    EXPECT_FALSE(alive.lost());
    ASSERT_TRUE(client->revoke_lease(lease->lease).ok());
    auto told = lost.get_future();
    ASSERT_EQ(told.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(told.get().code, Code::lease_not_found);
    EXPECT_TRUE(alive.lost());
}

TEST_F(LockTest, ALeaseThatNobodyConfirmsIsLostAfterItsTtl) {
    std::promise<Error> lost;
    const auto lease = client->grant_lease(2s);
    const auto start = std::chrono::steady_clock::now();
    const KeepAlive alive(*client, lease->lease, 2s, [&](Error error) { lost.set_value(std::move(error)); });
    while (node->requests() < 3)  // the members, the grant, a keep-alive
        std::this_thread::yield();
    node->set_mode(FakeServer::Mode::swallow);
    auto told = lost.get_future();
    ASSERT_EQ(told.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(told.get().code, Code::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 2s);
    EXPECT_TRUE(alive.lost());
}

TEST_F(LockTest, ALockTellsThatItsLeaseIsLost) {
    std::promise<Error> lost;
    auto lock = Lock::acquire(*client, "printer",
                              {.ttl = 2s, .lost = [&](Error error) { lost.set_value(std::move(error)); }});
    ASSERT_TRUE(lock.ok());
    ASSERT_TRUE(client->revoke_lease(client->leases()->leases.at(0)).ok());
    auto told = lost.get_future();
    ASSERT_EQ(told.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(lock->lost());
    EXPECT_EQ(code_of(lock->unlock()), Code::place_lost);
}

TEST_F(LockTest, KeepingALeaseAliveEndsWithTheObject) {
    std::atomic<int> calls = 0;
    const auto lease = client->grant_lease(2s);
    {
        KeepAlive first(*client, lease->lease, lease->ttl, [&](const Error&) { ++calls; });
        const KeepAlive second = std::move(first);
    }
    ASSERT_TRUE(client->revoke_lease(lease->lease).ok());
    const auto seen = node->requests();
    EXPECT_TRUE(client->get("k").ok());
    EXPECT_EQ(node->requests(), seen + 1);
    EXPECT_EQ(calls, 0);

    Client nowhere({.endpoints = {}});
    const KeepAlive never(nowhere, LeaseId{1}, 2s, [&](const Error&) { ++calls; });
    EXPECT_TRUE(never.lost());
    EXPECT_EQ(calls, 1);
}

// --- elections -------------------------------------------------------------------------------------------

TEST_F(LockTest, WhoLeadsIsKnownToAll) {
    EXPECT_FALSE(leader_of(*client, "e")->has_value());
    auto first = Leadership::campaign(*client, "e", "me");
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ((*leader_of(*client, "e"))->value, "me");
    EXPECT_TRUE(first->proclaim("me again").ok());
    const auto leader = *leader_of(*client, "e");
    EXPECT_EQ(leader->value, "me again");
    EXPECT_EQ(leader->create_revision, first->token());
    ASSERT_TRUE(client->remove(first->key()).ok());
    EXPECT_EQ(code_of(first->proclaim("still me")), Code::place_lost);
    EXPECT_FALSE(leader_of(*client, "e")->has_value());
    EXPECT_EQ(code_of(first->resign()), Code::place_lost);
    expect_nothing_left("e");
}

TEST_F(LockTest, ObservingTellsEachLeaderAndWhatItProclaims) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> values;
    const auto wait_for = [&](const std::string& value) {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(changed.wait_for(lock, patience, [&] {
            return !values.empty() && values.back() == value;
        })) << value;
    };
    std::optional<Watch> watch = observe(*client, "e", [&](const Result<KeyValue>& leader) {
        const std::lock_guard lock(mutex);
        values.push_back(leader.ok() ? leader->value : std::string(name_of(leader.error().code)));
        changed.notify_all();
    });
    auto first = Leadership::campaign(*client, "e", "a");
    ASSERT_TRUE(first.ok());
    wait_for("a");
    ASSERT_TRUE(client->put("e/zzz", "in line").ok()) << "changes nothing";
    ASSERT_TRUE(first->proclaim("b").ok());
    wait_for("b");
    ASSERT_TRUE(first->resign().ok());
    wait_for("in line");
    client.reset();
    wait_for("closed");
    watch.reset();
    EXPECT_THAT(values, testing::ElementsAre("a", "b", "in line", "closed"));
}

}  // namespace
}  // namespace kvbus::client
