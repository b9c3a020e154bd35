#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include <kvbus/client.h>

#include "client/client_impl.h"
#include "client/watch_impl.h"

namespace kvbus {
namespace {

constexpr std::size_t batches_max = 2;

}  // namespace

// Batches that nobody has taken yet. The next is asked for while there is room for it.
struct Watcher::State {
    std::shared_ptr<Watch::Impl> watch;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<WatchBatch> batches;
    std::optional<Error> error;  // the watch is over
    bool asked = true;           // a batch is on its way

    ~State() {
        if (watch) watch->cancel();
    }

    void told(Result<WatchBatch> batch) {
        bool ask = false;
        {
            const std::lock_guard lock(mutex);
            asked = false;
            if (batch.ok()) {
                batches.push_back(std::move(*batch));
                ask = asked = batches.size() < batches_max;
            } else {
                error = batch.error();
            }
            changed.notify_one();
        }
        if (ask) watch->next();
    }
};

Watcher::Watcher(Client& client, std::string_view key, WatchOptions options)
    : state_(std::make_unique<State>()) {
    if (client.impl_->loop() == nullptr) {
        state_->error = client.impl_->reason();
        return;
    }
    state_->watch = std::make_shared<Watch::Impl>(
        client.impl_->gate(), key, options, Watch::Impl::Pace::asked,
        [state = state_.get()](Result<WatchBatch> batch) { state->told(std::move(batch)); });
    state_->watch->start();
}

Watcher::~Watcher() = default;
Watcher::Watcher(Watcher&&) noexcept = default;
Watcher& Watcher::operator=(Watcher&&) noexcept = default;

Result<WatchBatch> Watcher::next(std::chrono::milliseconds timeout) {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    const bool told =
        state.changed.wait_for(lock, timeout, [&] { return !state.batches.empty() || state.error; });
    if (!told) return Error{Code::timeout, "nothing was told in time; the watch goes on"};
    if (state.batches.empty()) return *state.error;
    WatchBatch batch = std::move(state.batches.front());
    state.batches.pop_front();
    const bool ask = !state.asked && !state.error;
    state.asked |= ask;
    lock.unlock();
    if (ask) state.watch->next();
    return batch;
}

}  // namespace kvbus
