#include "system/crash/audit.h"

#include <algorithm>
#include <iterator>

namespace kvbus::crash {
namespace {

// All keys with this prefix, as the one node that the client stays on has them.
std::vector<KeyValue> read_all(Client& client, const std::string& prefix) {
    constexpr std::uint64_t page = 1000;
    std::vector<KeyValue> all;
    const GetOptions options{.range_end = prefix_end(prefix), .limit = page, .serializable = true};
    for (std::string from = prefix;;) {
        auto result = client.get(from, options);
        if (!result.ok()) throw harness::Failure("cannot read " + from + ": " + result.error().message);
        std::ranges::move(result->kvs, std::back_inserter(all));
        if (!result->more) return all;
        from = all.back().key + '\0';
    }
}

void check_revisions(std::vector<std::uint64_t> revisions, const Totals& totals, std::uint64_t last,
                     harness::Violations& violations) {
    std::ranges::sort(revisions);
    const auto twice = std::ranges::adjacent_find(revisions);
    if (twice != revisions.end())
        violations.add("revision " + std::to_string(*twice) + " was given to two acknowledged writes");
    constexpr std::uint64_t first = 1;  // of a cluster without a write
    const auto applied = last - first;
    if (applied < totals.acknowledged || applied > totals.acknowledged + totals.unknown) {
        violations.add(std::to_string(applied) + " writes were applied, but " +
                       std::to_string(totals.acknowledged) + " were acknowledged and " +
                       std::to_string(totals.unknown) + " are unknown");
    }
}

}  // namespace

void audit(harness::Cluster& cluster, const UniqueKeys& unique_keys, const HotKeys& hot_keys,
           const Totals& totals, harness::Violations& violations) {
    cluster.wait_for_agreement();
    auto revisions = unique_keys.revisions();
    std::ranges::copy(hot_keys.revisions(), std::back_inserter(revisions));
    const auto status = cluster.status(0);
    if (!status.ok()) throw harness::Failure(status.error().message);
    check_revisions(std::move(revisions), totals, status->header.revision.value, violations);
    hot_keys.check_order();

    for (int node = 0; node < cluster.size(); ++node) {
        const auto where = "on " + harness::Cluster::name(node) + " in the end";
        Client client({.endpoints = {cluster.client_url(node)},
                       .timeout = std::chrono::seconds{20},
                       .stay_on_endpoints = true});
        for (std::uint32_t writer = 0; writer < unique_keys.writers(); ++writer)
            unique_keys.check_all(writer, read_all(client, UniqueKey::prefix(writer)), where);
        for (std::uint32_t key = 0; key < hot_keys.count(); ++key) {
            const auto found = read_all(client, HotKeys::name(key));
            hot_keys.check(key, found.empty() ? nullptr : &found.front(), where);
        }
    }
}

}  // namespace kvbus::crash
