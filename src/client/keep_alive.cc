#include <atomic>
#include <utility>

#include <kvbus/lock.h>

#include "base/clock.h"
#include "client/client_impl.h"
#include "client/guarded_callback.h"
#include "client/lease_keeper.h"

namespace kvbus {

// Runs on the loop thread once started. Kept by what is under way: a keep-alive, or the timer of the next.
class KeepAlive::Impl : public std::enable_shared_from_this<KeepAlive::Impl> {
  public:
    Impl(std::shared_ptr<client::LoopGate> gate, LeaseId lease, Duration ttl, OnLost on_lost)
        : gate_(std::move(gate)),
          lease_(lease),
          on_lost_(std::move(on_lost)),
          keeper_(monotonic_now(), ttl),
          expires_(keeper_.expires()) {}

    void send() {
        if (on_lost_.cancelled()) return;
        const auto patience = keeper_.send(monotonic_now());
        if (!patience) return lose(unconfirmed());
        client::Callback done = Client::OnLease(
            [self = shared_from_this()](Result<LeaseResult> answer) { self->answered(std::move(answer)); });
        const Result<void> sent = gate_->enqueue(machine::without_session(machine::LeaseKeepAlive{lease_}),
                                                 done, {.timeout = *patience, .background = true});
        if (!sent.ok()) lose(sent.error());
    }

    void cancel() { on_lost_.cancel(); }

    // True to the clock, even when the loop thread does not get to run.
    [[nodiscard]] bool lost() const { return lost_ || monotonic_now() >= expires_.load(); }

    void lose(Error error) {
        lost_ = true;
        on_lost_(std::move(error));
    }

  private:
    void answered(Result<LeaseResult> answer) {
        const Instant now = monotonic_now();
        const std::optional<Instant> due =
            answer.ok() ? keeper_.confirmed(now, answer->ttl) : keeper_.failed(now, answer.error().code);
        expires_ = keeper_.expires();
        if (!answer.ok()) last_error_ = answer.error();
        if (!due) return lose(now < keeper_.expires() ? answer.error() : unconfirmed());
        gate_->call_at(*due, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->send();
        });
    }

    [[nodiscard]] Error unconfirmed() const {
        return {Code::timeout,
                "lease " + std::to_string(lease_.value) +
                    " was not kept alive for as long as it lasts and may have ended: " + last_error_.message};
    }

    std::shared_ptr<client::LoopGate> gate_;
    LeaseId lease_;
    client::GuardedCallback<void(Error)> on_lost_;
    client::LeaseKeeper keeper_;
    std::atomic<Instant> expires_;
    std::atomic<bool> lost_ = false;
    Error last_error_{Code::timeout, "no answer"};
};

KeepAlive::KeepAlive(Client& client, LeaseId lease, std::chrono::milliseconds ttl, OnLost lost)
    : impl_(std::make_shared<Impl>(client.impl_->gate(), lease, ttl, std::move(lost))) {
    if (client.impl_->loop() != nullptr) {
        impl_->send();
    } else {
        impl_->lose(client.impl_->reason());
    }
}

KeepAlive::KeepAlive(KeepAlive&&) noexcept = default;

KeepAlive& KeepAlive::operator=(KeepAlive&& other) noexcept {
    if (impl_ && impl_ != other.impl_) impl_->cancel();
    impl_ = std::move(other.impl_);
    return *this;
}

KeepAlive::~KeepAlive() {
    if (impl_) impl_->cancel();
}

bool KeepAlive::lost() const {
    return impl_->lost();
}

}  // namespace kvbus
