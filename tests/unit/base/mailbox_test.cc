#include "base/mailbox.h"

#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>

namespace kvbus {
namespace {

bool readable(int fd, int timeout_ms = 0) {
    pollfd poller{fd, POLLIN, 0};
    return poll(&poller, 1, timeout_ms) == 1;
}

TEST(Wake, IsReadableFromWakeUntilClear) {
    Wake wake;
    EXPECT_FALSE(readable(wake.fd()));
    wake.wake();
    wake.wake();
    EXPECT_TRUE(readable(wake.fd()));
    wake.clear();
    EXPECT_FALSE(readable(wake.fd()));
    wake.clear();  // of nothing: does not block
}

TEST(Mailbox, HandsOverInOrderAndSignals) {
    Mailbox<int> mailbox(10);
    EXPECT_FALSE(readable(mailbox.fd()));
    EXPECT_TRUE(mailbox.push(1));
    EXPECT_TRUE(mailbox.push(2));
    EXPECT_TRUE(readable(mailbox.fd()));
    EXPECT_EQ(mailbox.take_all(), (std::vector<int>{1, 2}));
    EXPECT_FALSE(readable(mailbox.fd()));
    EXPECT_TRUE(mailbox.take_all().empty());
}

TEST(Mailbox, RefusesWhatIsTooMuch) {
    Mailbox<int> mailbox(2);
    EXPECT_TRUE(mailbox.push(1));
    EXPECT_TRUE(mailbox.push(2));
    EXPECT_FALSE(mailbox.push(3));
    EXPECT_EQ(mailbox.take_all(), (std::vector<int>{1, 2}));
    EXPECT_TRUE(mailbox.push(4));
}

TEST(Mailbox, ReusesTheSpareAndDropsWhatIsInIt) {
    Mailbox<std::unique_ptr<int>> mailbox(10);
    EXPECT_TRUE(mailbox.push(std::make_unique<int>(1)));
    std::vector<std::unique_ptr<int>> spare;
    spare.push_back(std::make_unique<int>(9));
    const auto items = mailbox.take_all(std::move(spare));
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(*items[0], 1);
}

// The receiver sleeps in poll() between takes: a wake-up that gets lost shows as a poll that runs out of
// time.
TEST(Mailbox, LosesNothingBetweenThreads) {
    constexpr int senders = 3;
    constexpr int items_each = 20'000;
    Mailbox<int> mailbox(1000);
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&mailbox] {
            for (int i = 0; i < items_each; ++i) {
                while (!mailbox.push(i))
                    std::this_thread::yield();
            }
        });
    }
    int received = 0;
    while (received < senders * items_each && readable(mailbox.fd(), 10'000)) {
        received += static_cast<int>(mailbox.take_all().size());
    }
    EXPECT_EQ(received, senders * items_each);
    for (auto& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace kvbus
