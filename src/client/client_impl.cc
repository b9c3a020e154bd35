#include "client/client_impl.h"

#include "base/random.h"
#include "client/client_options.h"

namespace kvbus {
namespace {

Result<std::unique_ptr<client::Loop>> start_loop(const ClientOptions& options) {
    if (Result<void> valid = client::validate(options); !valid.ok()) return valid.error();
    client::SessionOptions session;
    session.endpoints = options.endpoints;
    session.stay_on_endpoints = options.stay_on_endpoints;
    session.calls_max = options.in_flight_max;
    session.connect_timeout = options.connect_timeout.value_or(options.timeout);
    session.seed = random_seed();
    while (!session.client)
        session.client = ClientId{random_seed()};
    return client::Loop::start(std::move(session), options.timeout);
}

}  // namespace

Client::Impl::Impl(const ClientOptions& options)
    : loop_(start_loop(options)), gate_(std::make_shared<client::LoopGate>(loop())) {}

Client::Impl::~Impl() {
    gate_->close();
}

void Client::Impl::submit(const client::Operation& operation, client::Callback done, client::Route route) {
    if (!loop_.ok()) return client::deliver(std::move(done), loop_.error());
    (*loop_)->submit(operation, std::move(done), route);
}

Error Client::Impl::waits_for_itself() {
    return {Code::invalid_argument,
            "a call that waits was made in a callback, where it would wait for itself; use the form with a "
            "callback there"};
}

}  // namespace kvbus
