#include "client/loop_gate.h"

#include <utility>

namespace kvbus::client {

Result<void> LoopGate::enqueue(const Operation& operation, Callback& done, const Route& route) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return Error{Code::closed, "the client was closed"};
    return loop_->enqueue(operation, done, route);
}

void LoopGate::call_at(Instant due, std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->call_at(due, std::move(call));
}

void LoopGate::close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
}

bool LoopGate::enter_watch() {
    if (watches_++ < watches_max) return true;
    --watches_;
    return false;
}

}  // namespace kvbus::client
