#include <utility>

#include <kvbus/client.h>

#include "base/random.h"
#include "client/blocking.h"
#include "client/client_options.h"
#include "client/endpoint_url.h"
#include "client/loop.h"
#include "client/operations.h"

namespace kvbus {

// Either a running loop, or the reason why there is none, which every call gets.
class Client::Impl {
  public:
    explicit Impl(const ClientOptions& options) : loop_(start(options)) {}

    void submit(const client::Operation& operation, std::string_view url, client::Callback done) {
        if (!loop_.ok()) return client::deliver(std::move(done), loop_.error());
        (*loop_)->submit(operation, url, std::move(done));
    }

    // Waits for the answer of a call that takes a callback.
    template <class T>
    Result<T> ask(const client::Operation& operation, std::string_view url = {}) {
        if (loop_.ok() && (*loop_)->on_loop_thread()) {
            return Error{Code::invalid_argument,
                         "a call that waits was made in a callback, where it would wait for itself; use the "
                         "form with a "
                         "callback there"};
        }
        return client::wait_for<T>(
            [&](std::function<void(Result<T>)> done) { submit(operation, url, std::move(done)); });
    }

  private:
    static Result<std::unique_ptr<client::Loop>> start(const ClientOptions& options) {
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

    Result<std::unique_ptr<client::Loop>> loop_;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(options)) {}
Client::~Client() = default;

Result<PutResult> Client::put(std::string_view key, std::string_view value, const PutOptions& options) {
    return impl_->ask<PutResult>(machine::without_session(client::put_of(key, value, options)));
}

Result<GetResult> Client::get(std::string_view key, const GetOptions& options) {
    return impl_->ask<GetResult>(wire::RangeRequest{client::query_of(key, options), options.serializable});
}

Result<DeleteResult> Client::remove(std::string_view key, const DeleteOptions& options) {
    return impl_->ask<DeleteResult>(machine::without_session(client::remove_of(key, options)));
}

Result<AppendResult> Client::append(std::string_view key, std::string_view bytes) {
    return impl_->ask<AppendResult>(machine::without_session(machine::Append{key, bytes}));
}

Result<IncrementResult> Client::increment(std::string_view key, std::int64_t delta) {
    return impl_->ask<IncrementResult>(machine::without_session(machine::Increment{key, delta}));
}

Result<TxnResult> Client::txn(const Txn& txn) {
    return impl_->ask<TxnResult>(machine::without_session(client::txn_of(txn)));
}

void Client::put_async(std::string_view key, std::string_view value, const PutOptions& options, OnPut done) {
    impl_->submit(machine::without_session(client::put_of(key, value, options)), {}, std::move(done));
}

void Client::get_async(std::string_view key, const GetOptions& options, OnGet done) {
    impl_->submit(wire::RangeRequest{client::query_of(key, options), options.serializable}, {},
                  std::move(done));
}

void Client::remove_async(std::string_view key, const DeleteOptions& options, OnDelete done) {
    impl_->submit(machine::without_session(client::remove_of(key, options)), {}, std::move(done));
}

void Client::append_async(std::string_view key, std::string_view bytes, OnAppend done) {
    impl_->submit(machine::without_session(machine::Append{key, bytes}), {}, std::move(done));
}

void Client::increment_async(std::string_view key, std::int64_t delta, OnIncrement done) {
    impl_->submit(machine::without_session(machine::Increment{key, delta}), {}, std::move(done));
}

void Client::txn_async(const Txn& txn, OnTxn done) {
    impl_->submit(machine::without_session(client::txn_of(txn)), {}, std::move(done));
}

Result<LeaseResult> Client::grant_lease(std::chrono::milliseconds ttl, LeaseId lease) {
    return impl_->ask<LeaseResult>(machine::without_session(machine::LeaseGrant{lease, ttl}));
}

Result<Done> Client::revoke_lease(LeaseId lease) {
    return impl_->ask<Done>(machine::without_session(machine::LeaseRevoke{lease}));
}

Result<LeaseResult> Client::keep_alive_once(LeaseId lease) {
    return impl_->ask<LeaseResult>(machine::without_session(machine::LeaseKeepAlive{lease}));
}

void Client::keep_alive_async(LeaseId lease, OnLease done) {
    impl_->submit(machine::without_session(machine::LeaseKeepAlive{lease}), {}, std::move(done));
}

Result<LeaseStatus> Client::lease_status(LeaseId lease, bool with_keys) {
    return impl_->ask<LeaseStatus>(wire::LeaseStatusRequest{lease, with_keys});
}

Result<LeaseList> Client::leases() {
    return impl_->ask<LeaseList>(wire::LeasesRequest{});
}

Result<Done> Client::compact(Revision revision) {
    return impl_->ask<Done>(machine::without_session(machine::Compact{revision}));
}

Result<EndpointStatus> Client::status(const std::string& endpoint) {
    if (Result<void> valid = client::validate_endpoint_url(endpoint); !valid.ok()) return valid.error();
    Result<EndpointStatus> status = impl_->ask<EndpointStatus>(wire::StatusRequest{}, endpoint);
    if (status.ok()) status->endpoint = endpoint;
    return status;
}

Result<MemberList> Client::members() {
    return impl_->ask<MemberList>(wire::MembersRequest{});
}

}  // namespace kvbus
