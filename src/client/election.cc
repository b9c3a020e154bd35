// Who leads: the first of a line, read and followed.
#include <optional>
#include <utility>

#include <kvbus/lock.h>

#include "client/client_impl.h"
#include "client/operations.h"
#include "client/watch_impl.h"
#include "machine/line.h"

namespace kvbus {
namespace {

GetOptions first_of(const machine::LineRange& line) {
    return {.range_end = line.range_end,
            .limit = 1,
            .sort_order = SortOrder::ascend,
            .sort_target = SortTarget::create_revision};
}

// Reads the first of the line again whenever something in the line has changed. On the loop thread.
struct Observation {
    machine::LineRange line;
    OnLeader changed;
    Watch::Impl* watch = nullptr;  // that this belongs to
    bool stale = true;             // what was read last may not be what is
    std::optional<KeyValue> told{};

    void watched(const Result<WatchBatch>& batch) {
        if (!batch.ok()) return changed(batch.error());
        stale |= !batch->events.empty();
        if (!stale) return watch->next();

        client::Callback done =
            Client::OnGet([this, kept = watch->shared_from_this()](Result<GetResult> first) {
                kept->run([&] { read(std::move(first)); });
            });
        const GetOptions options = first_of(line);
        const wire::RangeRequest request{client::query_of(line.key, options)};
        const Result<void> sent = watch->gate().enqueue(request, done, {.background = true});
        if (!sent.ok()) changed(sent.error());
    }

    void read(Result<GetResult> first) {
        if (!first.ok() && client::is_final(first.error().code)) return changed(first.error());
        if (first.ok()) {
            stale = false;
            if (!first->kvs.empty()) tell(first->kvs.front());
        }
        watch->next();  // which tells within seconds, so that a read that failed is made again
    }

    void tell(const KeyValue& leader) {
        if (told == leader) return;
        told = leader;
        changed(leader);
    }
};

}  // namespace

Result<std::optional<KeyValue>> leader_of(Client& client, std::string_view election) {
    const machine::LineRange line = machine::range_of_line(election);
    Result<GetResult> first = client.get(line.key, first_of(line));
    if (!first.ok()) return first.error();
    if (first->kvs.empty()) return std::optional<KeyValue>{};
    return std::optional<KeyValue>{std::move(first->kvs.front())};
}

Watch observe(Client& client, std::string_view election, OnLeader changed) {
    if (client.impl_->loop() == nullptr) {
        changed(client.impl_->reason());
        return {};
    }
    const auto observation =
        std::make_shared<Observation>(Observation{machine::range_of_line(election), std::move(changed)});
    const WatchOptions options{.range_end = observation->line.range_end, .keys_only = true, .progress = true};
    const auto watch = std::make_shared<Watch::Impl>(
        client.impl_->gate(), observation->line.key, options, Watch::Impl::Pace::asked,
        [observation](const Result<WatchBatch>& batch) { observation->watched(batch); });
    observation->watch = watch.get();
    watch->start();
    return Watch(watch);
}

}  // namespace kvbus
