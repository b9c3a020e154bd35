#include "client/watch_impl.h"

#include <utility>

namespace kvbus {
namespace {

// The session goes from node to node meanwhile. The end of it is only for what was cancelled: that is not
// asked for again.
constexpr Duration request_timeout = std::chrono::minutes{1};

}  // namespace

Watch::Impl::Impl(std::shared_ptr<client::LoopGate> gate, std::string_view key, const WatchOptions& options,
                  Pace pace, OnWatch tell)
    : gate_(std::move(gate)),
      entered_(gate_->enter_watch()),
      pace_(pace),
      place_(key, options),
      tell_(std::move(tell)) {}

Watch::Impl::~Impl() {
    if (entered_) gate_->leave_watch();
}

void Watch::Impl::start() {
    if (entered_) return next();
    tell_(Error{Code::overloaded, "this client has " + std::to_string(client::watches_max) +
                                      " watches; destroy some, or use another client"});
}

void Watch::Impl::next() {
    if (tell_.cancelled()) return;
    client::Callback done =
        client::OnWatchAnswer([self = shared_from_this()](Result<client::WatchAnswer> answer) {
            self->answered(std::move(answer));
        });
    const Result<void> sent =
        gate_->enqueue(place_.request(), done, {.timeout = request_timeout, .background = true});
    if (!sent.ok()) tell_(sent.error());
}

void Watch::Impl::answered(Result<client::WatchAnswer> answer) {
    if (!answer.ok()) {
        if (client::is_final(answer.error().code)) return tell_(answer.error());
        return next();
    }
    std::optional<WatchBatch> batch = place_.advance(answer->header, std::move(answer->reply));
    if (batch) tell_(std::move(*batch));
    if (!batch || pace_ == Pace::automatic) next();
}

// --- the handle ------------------------------------------------------------------------------------------

Watch::Watch(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watch::Watch(Watch&&) noexcept = default;

Watch& Watch::operator=(Watch&& other) noexcept {
    if (impl_ && impl_ != other.impl_) impl_->cancel();
    impl_ = std::move(other.impl_);
    return *this;
}

Watch::~Watch() {
    if (impl_) impl_->cancel();
}

}  // namespace kvbus
