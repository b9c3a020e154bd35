#include <utility>

#include <kvbus/client.h>

#include "client/client_impl.h"
#include "client/client_options.h"
#include "client/endpoint_url.h"
#include "client/operations.h"
#include "client/watch_impl.h"

namespace kvbus {
namespace {

machine::Command command(machine::Change change) {
    return machine::without_session(std::move(change));
}

wire::RangeRequest range(std::string_view key, const GetOptions& options) {
    return {client::query_of(key, options), options.serializable};
}

}  // namespace

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(options)) {}
Client::~Client() = default;

// --- keys ------------------------------------------------------------------------------------------------

Result<PutResult> Client::put(std::string_view key, std::string_view value, const PutOptions& options) {
    return impl_->ask<PutResult>(command(client::put_of(key, value, options)));
}
void Client::put_async(std::string_view key, std::string_view value, const PutOptions& options, OnPut done) {
    impl_->submit(command(client::put_of(key, value, options)), std::move(done));
}

Result<GetResult> Client::get(std::string_view key, const GetOptions& options) {
    return impl_->ask<GetResult>(range(key, options));
}
void Client::get_async(std::string_view key, const GetOptions& options, OnGet done) {
    impl_->submit(range(key, options), std::move(done));
}

Result<DeleteResult> Client::remove(std::string_view key, const DeleteOptions& options) {
    return impl_->ask<DeleteResult>(command(client::remove_of(key, options)));
}
void Client::remove_async(std::string_view key, const DeleteOptions& options, OnDelete done) {
    impl_->submit(command(client::remove_of(key, options)), std::move(done));
}

Result<AppendResult> Client::append(std::string_view key, std::string_view bytes) {
    return impl_->ask<AppendResult>(command(machine::Append{key, bytes}));
}
void Client::append_async(std::string_view key, std::string_view bytes, OnAppend done) {
    impl_->submit(command(machine::Append{key, bytes}), std::move(done));
}

Result<IncrementResult> Client::increment(std::string_view key, std::int64_t delta) {
    return impl_->ask<IncrementResult>(command(machine::Increment{key, delta}));
}
void Client::increment_async(std::string_view key, std::int64_t delta, OnIncrement done) {
    impl_->submit(command(machine::Increment{key, delta}), std::move(done));
}

Result<TxnResult> Client::txn(const Txn& txn) {
    return impl_->ask<TxnResult>(command(client::txn_of(txn)));
}
void Client::txn_async(const Txn& txn, OnTxn done) {
    impl_->submit(command(client::txn_of(txn)), std::move(done));
}

// --- leases ----------------------------------------------------------------------------------------------

Result<LeaseResult> Client::grant_lease(std::chrono::milliseconds ttl, LeaseId lease) {
    return impl_->ask<LeaseResult>(command(machine::LeaseGrant{lease, ttl}));
}
void Client::grant_lease_async(std::chrono::milliseconds ttl, LeaseId lease, OnLease done) {
    impl_->submit(command(machine::LeaseGrant{lease, ttl}), std::move(done));
}

Result<Done> Client::revoke_lease(LeaseId lease) {
    return impl_->ask<Done>(command(machine::LeaseRevoke{lease}));
}
void Client::revoke_lease_async(LeaseId lease, OnDone done) {
    impl_->submit(command(machine::LeaseRevoke{lease}), std::move(done));
}

Result<LeaseResult> Client::keep_alive_once(LeaseId lease) {
    return impl_->ask<LeaseResult>(command(machine::LeaseKeepAlive{lease}));
}
void Client::keep_alive_async(LeaseId lease, OnLease done) {
    impl_->submit(command(machine::LeaseKeepAlive{lease}), std::move(done));
}

Result<LeaseStatus> Client::lease_status(LeaseId lease, bool with_keys) {
    return impl_->ask<LeaseStatus>(wire::LeaseStatusRequest{lease, with_keys});
}
void Client::lease_status_async(LeaseId lease, bool with_keys, OnLeaseStatus done) {
    impl_->submit(wire::LeaseStatusRequest{lease, with_keys}, std::move(done));
}

Result<LeaseList> Client::leases() {
    return impl_->ask<LeaseList>(wire::LeasesRequest{});
}
void Client::leases_async(OnLeases done) {
    impl_->submit(wire::LeasesRequest{}, std::move(done));
}

// --- watches, lines --------------------------------------------------------------------------------------

Watch Client::watch(std::string_view key, const WatchOptions& options, OnWatch on_batch) {
    if (impl_->loop() == nullptr) {
        on_batch(impl_->reason());
        return {};
    }
    const auto watch = std::make_shared<Watch::Impl>(impl_->gate(), key, options,
                                                     Watch::Impl::Pace::automatic, std::move(on_batch));
    watch->start();
    return Watch(watch);
}

Result<Candidacy> Client::campaign(std::string_view name, LeaseId lease, std::string_view value,
                                   std::chrono::milliseconds timeout) {
    if (Result<void> valid = client::validate_timeout("timeout", timeout); !valid.ok()) return valid.error();
    return impl_->ask<Candidacy>(command(machine::Campaign{name, value, lease}), {.timeout = timeout});
}
void Client::campaign_async(std::string_view name, LeaseId lease, std::string_view value,
                            std::chrono::milliseconds timeout, OnCampaign done) {
    if (Result<void> valid = client::validate_timeout("timeout", timeout); !valid.ok())
        return done(valid.error());
    impl_->submit(command(machine::Campaign{name, value, lease}), std::move(done), {.timeout = timeout});
}

// --- the cluster -----------------------------------------------------------------------------------------

Result<Done> Client::compact(Revision revision) {
    return impl_->ask<Done>(command(machine::Compact{revision}));
}
void Client::compact_async(Revision revision, OnDone done) {
    impl_->submit(command(machine::Compact{revision}), std::move(done));
}

Result<EndpointStatus> Client::status(const std::string& endpoint) {
    if (Result<void> valid = client::validate_endpoint_url(endpoint); !valid.ok()) return valid.error();
    Result<EndpointStatus> status = impl_->ask<EndpointStatus>(wire::StatusRequest{}, {.url = endpoint});
    if (status.ok()) status->endpoint = endpoint;
    return status;
}
void Client::status_async(const std::string& endpoint, OnStatus done) {
    if (Result<void> valid = client::validate_endpoint_url(endpoint); !valid.ok()) return done(valid.error());
    OnStatus named = [endpoint, done = std::move(done)](Result<EndpointStatus> status) {
        if (status.ok()) status->endpoint = endpoint;
        done(std::move(status));
    };
    impl_->submit(wire::StatusRequest{}, std::move(named), {.url = endpoint});
}

void Client::take_snapshot_async(const std::string& endpoint, std::uint64_t at_least, OnSnapshot done) {
    if (Result<void> valid = client::validate_endpoint_url(endpoint); !valid.ok()) return done(valid.error());
    impl_->submit(wire::SnapshotRequest{Index{at_least}}, std::move(done), {.url = endpoint});
}
void Client::snapshot_chunk_async(const std::string& endpoint, const ChunkPlace& place,
                                  OnSnapshotChunk done) {
    if (Result<void> valid = client::validate_endpoint_url(endpoint); !valid.ok()) return done(valid.error());
    const wire::ChunkName name{place.snapshot, static_cast<wire::SnapshotSection>(place.section),
                               place.number};
    impl_->submit(wire::SnapshotChunkRequest{name}, std::move(done), {.url = endpoint});
}

Result<MemberList> Client::members() {
    return impl_->ask<MemberList>(wire::MembersRequest{});
}
void Client::members_async(OnMembers done) {
    impl_->submit(wire::MembersRequest{}, std::move(done));
}

}  // namespace kvbus
