// Watches over real sockets: resumed, cancelled, slow, many.
#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "unit/client/client_fixture.h"

namespace kvbus::client {
namespace {

// What a watch tells, for a test to wait for.
class Told {
  public:
    OnWatch callback() {
        return [this](Result<WatchBatch> batch) { add(std::move(batch)); };
    }
    void add(Result<WatchBatch> batch) {
        const std::lock_guard lock(mutex_);
        if (batch.ok()) {
            ++batches_;
            for (const WatchEvent& event : batch->events)
                values_.push_back(event.kv.value);
        } else {
            error_ = batch.error();
        }
        changed_.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return values_.size() >= count; }))
            << values_.size() << " of " << count << " changes";
        return values_;
    }
    void wait_for_batches(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return batches_ >= count; })) << batches_;
    }
    Error wait_for_error() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return error_.has_value(); }));
        return error_.value_or(Error{});
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t batches_ = 0;
    std::vector<std::string> values_;
    std::optional<Error> error_;
};

class ClientWatchTest : public ClientTest {
  protected:
    ClientWatchTest() { make_leader(1); }

    static void put_all(Client& client, int from, int to) {
        for (int i = from; i < to; ++i)
            ASSERT_TRUE(client.put("k", std::to_string(i)).ok());
    }
    static std::vector<std::string> numbers(int to) {
        std::vector<std::string> result;
        for (int i = 0; i < to; ++i)
            result.push_back(std::to_string(i));
        return result;
    }
    template <class Condition>
    static void wait_until(Condition&& condition, const char* what) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
            std::this_thread::yield();
        }
    }
    // Two batches of one change for the only watcher, which nobody takes.
    static void fill(Client& client, const FakeServer& node) {
        for (int i = 0; i < 2; ++i) {
            wait_until([&] { return node.watches() == static_cast<std::size_t>(i) + 1; }, "its request");
            put_all(client, i, i + 1);
        }
        ASSERT_TRUE(client.get("k").ok());  // answered after what the put made known
    }
};

TEST_F(ClientWatchTest, TellsAllChangesFromARevisionOnInOrder) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    put_all(client, 0, 5);
    Told told;
    const Watch watch = client.watch("k", {.revision = Revision{2}}, told.callback());
    EXPECT_EQ(told.wait_for(5), numbers(5));
    put_all(client, 5, 20);
    EXPECT_EQ(told.wait_for(20), numbers(20));
}

TEST_F(ClientWatchTest, BeginsNowWithoutARevision) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    ASSERT_TRUE(client.put("k", "before").ok());
    Told told;
    const Watch watch = client.watch("k", {.progress = true}, told.callback());
    told.wait_for_batches(1);
    put_all(client, 0, 3);
    EXPECT_EQ(told.wait_for(3), numbers(3));
}

TEST_F(ClientWatchTest, GoesOnWhereItWasAtAnotherNode) {
    auto first = start_node(1);
    const auto second = start_node(2);
    make_members({first.get(), second.get()});
    Client client({.endpoints = {first->url(), second->url()}});
    Told told;
    const Watch watch = client.watch("k", {.revision = Revision{2}}, told.callback());
    put_all(client, 0, 10);
    told.wait_for(10);
    first.reset();
    make_leader(2);
    put_all(client, 10, 20);
    EXPECT_EQ(told.wait_for(20), numbers(20));
}

TEST_F(ClientWatchTest, GoesOnWhenItsOnlyNodeComesBack) {
    auto node = start_node(1);
    const int port = node->port();
    Client client({.endpoints = {node->url()}, .timeout = patience, .connect_timeout = 1ms});
    Told told;
    const Watch watch = client.watch("k", {.revision = Revision{2}}, told.callback());
    for (int life = 0; life < 3; ++life) {
        wait_until([&] { return client.put("k", std::to_string(life)).ok(); }, "a put");
        EXPECT_EQ(told.wait_for(life + 1U), numbers(life + 1));
        node.reset();
        node = start_node(1, port);
    }
}

TEST_F(ClientWatchTest, WhatIsCompactedIsAnErrorWithTheFirstRevisionThatIsNot) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    put_all(client, 0, 5);
    ASSERT_TRUE(client.compact(Revision{4}).ok());
    Told told;
    const Watch watch = client.watch("k", {.revision = Revision{2}}, told.callback());
    const Error error = told.wait_for_error();
    EXPECT_EQ(error.code, Code::compacted);
    EXPECT_EQ(error.first_revision, 5U);
}

TEST_F(ClientWatchTest, ImpossibleOnesEndAtOnce) {
    Client nowhere({.endpoints = {}});
    Told told;
    const Watch never = nowhere.watch("k", {}, told.callback());
    EXPECT_EQ(told.wait_for_error().code, Code::invalid_argument);

    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    Told of_nothing;
    const Watch watch = client.watch("", {}, of_nothing.callback());
    EXPECT_EQ(of_nothing.wait_for_error().code, Code::invalid_argument);
    Watcher watcher(client, "");
    EXPECT_EQ(code_of(watcher.next(patience)), Code::invalid_argument);
}

// --- cancelling ------------------------------------------------------------------------------------------

TEST_F(ClientWatchTest, NoCallbackRunsAfterItIsDestroyed) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    for (int round = 0; round < 10; ++round) {
        const auto alive = std::make_shared<std::atomic<bool>>(true);
        std::promise<void> begun;
        std::promise<void> destroying;
        bool first = true;
        {
            const Watch watch = client.watch("k", {.revision = Revision{1}}, [&, alive](const auto&) {
                EXPECT_TRUE(*alive);
                if (!std::exchange(first, false)) return;
                begun.set_value();
                destroying.get_future().wait();
                const auto end = std::chrono::steady_clock::now() + 5ms;
                while (std::chrono::steady_clock::now() < end)
                    std::this_thread::yield();
                EXPECT_TRUE(*alive) << "the destructor waits for it";
            });
            client.put_async("k", "v", {}, [](const auto&) {});
            begun.get_future().wait();
            destroying.set_value();
        }
        *alive = false;
        EXPECT_EQ(alive.use_count(), 1) << "what the callback holds is released";
    }
}

TEST_F(ClientWatchTest, MayBeDestroyedInItsOwnCallback) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    put_all(client, 0, 1);
    std::optional<Watch> watch;
    std::atomic<int> calls = 0;
    std::promise<void> destroyed;
    std::promise<void> assigned;
    watch.emplace(client.watch("k", {.revision = Revision{2}}, [&](const auto&) {
        assigned.get_future().wait();
        ++calls;
        watch.reset();
        destroyed.set_value();
    }));
    assigned.set_value();
    destroyed.get_future().wait();
    put_all(client, 1, 5);
    EXPECT_EQ(calls, 1);
}

TEST_F(ClientWatchTest, IsOverWithItsClientAndMayOutliveIt) {
    const auto node = start_node(1);
    Told told;
    Watch watch;
    std::optional<Watcher> watcher;
    {
        Client client({.endpoints = {node->url()}});
        put_all(client, 0, 3);
        watch = client.watch("k", {.revision = Revision{2}}, told.callback());
        watcher.emplace(client, "k", WatchOptions{.revision = Revision{2}});
        told.wait_for(3);
        EXPECT_EQ(watcher->next(patience)->events.size(), 3U);
    }
    EXPECT_EQ(told.wait_for_error().code, Code::closed);
    EXPECT_EQ(code_of(watcher->next(patience)), Code::closed);
    EXPECT_EQ(code_of(watcher->next(patience)), Code::closed);
}

// --- many, and slow ones ---------------------------------------------------------------------------------

TEST_F(ClientWatchTest, ManyShareAConnection) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}, .in_flight_max = 4});
    constexpr int count = 200;
    std::vector<Told> told(count);
    std::vector<Watch> watches;
    for (Told& each : told)
        watches.push_back(client.watch("k", {.revision = Revision{2}}, each.callback()));
    put_all(client, 0, 10);
    for (Told& each : told)
        EXPECT_EQ(each.wait_for(10), numbers(10));
}

TEST_F(ClientWatchTest, AWatcherHoldsTwoBatchesAndThenAsksForNoMore) {
    const auto node = start_node(1);
    Client client({.endpoints = {node->url()}});
    Watcher watcher(client, "k", {.revision = Revision{2}});
    fill(client, *node);
    for (int i = 2; i < 10; ++i)
        put_all(client, i, i + 1);
    EXPECT_EQ(node->watches(), 2U) << "it is full";

    std::vector<std::string> values;
    while (values.size() < 10) {
        const auto batch = watcher.next(patience);
        ASSERT_TRUE(batch.ok()) << batch.error().message;
        for (const WatchEvent& event : batch->events)
            values.push_back(event.kv.value);
    }
    EXPECT_EQ(values, numbers(10));
    EXPECT_EQ(code_of(watcher.next(1ms)), Code::timeout);
}

TEST_F(ClientWatchTest, AWatcherThatIsFullOutlivesItsClient) {
    const auto node = start_node(1);
    std::optional<Watcher> watcher;
    {
        Client client({.endpoints = {node->url()}});
        watcher.emplace(client, "k", WatchOptions{.revision = Revision{2}});
        fill(client, *node);
    }
    EXPECT_TRUE(watcher->next(patience).ok());
    EXPECT_TRUE(watcher->next(patience).ok());
    EXPECT_EQ(code_of(watcher->next(patience)), Code::closed);
}

}  // namespace
}  // namespace kvbus::client
