#include <utility>

#include <kvbus/client.h>

#include "base/random.h"
#include "client/blocking.h"
#include "client/client_options.h"
#include "client/endpoint_url.h"
#include "client/loop.h"

namespace kvbus {

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff')
        end.pop_back();
    if (end.empty()) return std::string(1, '\0');  // no key is beyond all with this prefix: to the end
    ++end.back();
    return end;
}

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

namespace {

wire::RangeRequest range_request(std::string_view key, const GetOptions& options) {
    return {
        key, options.range_end, options.limit, options.serializable, options.keys_only, options.count_only};
}

}  // namespace

Result<PutResult> Client::put(std::string_view key, std::string_view value) {
    return impl_->ask<PutResult>(machine::Put{key, value});
}

Result<GetResult> Client::get(std::string_view key, const GetOptions& options) {
    return impl_->ask<GetResult>(range_request(key, options));
}

Result<DeleteResult> Client::remove(std::string_view key, std::string_view range_end) {
    return impl_->ask<DeleteResult>(machine::Delete{key, range_end});
}

void Client::put_async(std::string_view key, std::string_view value, OnPut done) {
    impl_->submit(machine::Put{key, value}, {}, std::move(done));
}

void Client::get_async(std::string_view key, const GetOptions& options, OnGet done) {
    impl_->submit(range_request(key, options), {}, std::move(done));
}

void Client::remove_async(std::string_view key, std::string_view range_end, OnDelete done) {
    impl_->submit(machine::Delete{key, range_end}, {}, std::move(done));
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
