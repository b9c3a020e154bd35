// What a Client is made of: either a running loop, or the reason why there is none, which every call gets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kvbus/client.h>

#include "client/blocking.h"
#include "client/loop.h"
#include "client/loop_gate.h"

namespace kvbus {

class Client::Impl {
  public:
    explicit Impl(const ClientOptions& options);
    ~Impl();

    // Any thread. Without a timeout of its own the call has that of the client.
    void submit(const client::Operation& operation, client::Callback done, client::Route route = {});

    // Waits for the answer of a call that takes a callback.
    template <class T>
    Result<T> ask(const client::Operation& operation, client::Route route = {}) {
        if (on_loop_thread()) return waits_for_itself();
        return client::wait_for<T>(
            [&](std::function<void(Result<T>)> done) { submit(operation, std::move(done), route); });
    }

    [[nodiscard]] bool on_loop_thread() const { return loop_.ok() && (*loop_)->on_loop_thread(); }
    [[nodiscard]] static Error waits_for_itself();

    // For what may outlive the client.
    [[nodiscard]] const std::shared_ptr<client::LoopGate>& gate() const { return gate_; }
    // For what may not. There is none when the options are impossible.
    [[nodiscard]] client::Loop* loop() const { return loop_.ok() ? loop_->get() : nullptr; }
    [[nodiscard]] const Error& reason() const { return loop_.error(); }  // why there is no loop

  private:
    Result<std::unique_ptr<client::Loop>> loop_;
    std::shared_ptr<client::LoopGate> gate_;  // closed before the loop goes
};

}  // namespace kvbus
