#include "system/watch/fleet.h"

#include <algorithm>

#include "sim/key_range.h"
#include "system/harness/cluster.h"
#include "system/watch/keyspace.h"

namespace kvbus::watch {
namespace {

const std::string to_the_end{sim::to_the_end};

}  // namespace

Fleet::Fleet(const std::vector<std::string>& endpoints, std::uint32_t count, std::uint64_t seed,
             harness::Violations& violations)
    : random_(seed), reference_(violations) {
    std::vector<std::string> names;
    for (const auto& endpoint : endpoints) {
        clients_.push_back(
            std::make_unique<Client>(ClientOptions{.endpoints = {endpoint}, .stay_on_endpoints = true}));
        names.push_back("stays on n" + std::to_string(names.size() + 1));
    }
    for (const char* name : {"goes about", "goes about too"}) {
        clients_.push_back(std::make_unique<Client>(ClientOptions{.endpoints = endpoints}));
        names.emplace_back(name);
    }
    reference_watch_ =
        clients_.back()->watch("f", {.range_end = to_the_end, .revision = Revision{1}, .progress = true},
                               [this](const Result<WatchBatch>& batch) { reference_.take(batch); });
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto through = i % clients_.size();
        auto wish = this->wish(i);
        auto name = "watch " + std::to_string(i) + " of \"" + wish.key + "\" (" + names[through] + ")";
        members_.push_back({std::make_unique<Stream>(std::move(name), std::move(wish), violations),
                            clients_[through].get()});
        begin(members_.back(), members_.back().stream->wish().options.revision);
    }
    harness::wait_for("all watches to begin", harness::patience,
                      [&] { return lowest_next() > 0 ? "" : "some have not begun"; });
}

// Of ten six watch a key, three a folder, one everything; they differ in their options too.
Wish Fleet::wish(std::uint32_t number) const {
    WatchOptions options{.progress = true};
    if (number % 2 == 1) options.revision = Revision{1};
    const auto kind = number % 10, which = number / 10;
    if (kind < 6) return {key_name((which * 6 + kind) % keys_count), options};
    options.prev_kv = which % 4 == 1;
    options.keys_only = which % 4 == 2;
    options.no_put = which % 10 == 3;
    options.no_delete = which % 10 == 7;
    if (kind == 9) {
        options.range_end = to_the_end;
        return {"f", options};
    }
    const auto folder = folder_name((which * 3 + kind) % folders_count);
    options.range_end = prefix_end(folder);
    return {folder, options};
}

void Fleet::begin(Member& member, Revision from) {
    auto options = member.stream->wish().options;
    options.revision = from;
    member.watch = member.client->watch(
        member.stream->wish().key, options,
        [stream = member.stream.get()](const Result<WatchBatch>& batch) { stream->take(batch); });
}

std::uint64_t Fleet::lowest_next() const {
    const std::lock_guard lock(mutex_);
    return lowest();
}

std::uint64_t Fleet::lowest() const {
    auto lowest = reference_.next();
    for (const auto& member : members_)
        lowest = std::min(lowest, member.stream->next());
    return lowest;
}

void Fleet::wait_until_told(std::uint64_t revision) const {
    harness::wait_for("all watches to be told of revision " + std::to_string(revision), harness::patience,
                      [&] {
                          const auto lowest = lowest_next();
                          return lowest > revision ? "" : "the last one is at " + std::to_string(lowest);
                      });
}

void Fleet::renew(std::uint32_t watches) {
    for (std::uint32_t i = 0; i < watches; ++i) {
        auto& member = members_[random_.below(members_.size())];
        member.watch = {};
        if (random_.chance(0.5)) {
            begin(member, Revision{member.stream->resume()});
        } else {
            std::unique_lock lock(mutex_);
            const auto oldest = lowest();
            member.stream->restart(oldest);
            lock.unlock();
            begin(member, Revision{oldest});
        }
    }
}

Histogram Fleet::take_latencies() {
    Histogram all;
    for (const auto& member : members_)
        all.add(member.stream->take_latencies());
    return all;
}

Stream::Counts Fleet::counts() const {
    Stream::Counts sum;
    for (const auto& member : members_) {
        const auto counts = member.stream->counts();
        sum.events += counts.events;
        sum.batches += counts.batches;
        sum.fragments += counts.fragments;
    }
    return sum;
}

void Fleet::check() const {
    const auto all = reference_.all();
    for (const auto& member : members_)
        member.stream->check(all);
}

}  // namespace kvbus::watch
