#include "sim/workload.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

#include "sim/candidate.h"

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Families of keys. What a plain removal up to the end takes with it stands behind the plain ones.
constexpr std::string_view plain_keys = "k";
constexpr std::string_view counters = "n";
constexpr std::string_view logs = "p";
constexpr std::string_view all_other_keys = "r";
constexpr std::uint64_t others = 3;  // of each family but the first

std::string name_of(std::string_view family, std::uint64_t number) {
    char name[16];
    std::snprintf(name, sizeof name, "%s%04u", family.data(), static_cast<unsigned>(number));
    return name;
}

oracle::Vocabulary vocabulary(const Plan& plan) {
    const auto ttl_max = std::chrono::ceil<milliseconds>(microseconds{plan.ttl_us_max});
    return {.prefix = std::string{all_other_keys},
            .key_ttl_max = ttl_max,
            .lease_ttl_max = ttl_max,
            .past_in_transactions = !has_bounded_history(plan)};
}

client::Operation command(machine::Change change) {
    return machine::without_session(std::move(change));
}

}  // namespace

std::string key_name(std::uint64_t number) {
    return name_of(plain_keys, number);
}

bool is_plain(std::string_view key) {
    return key.starts_with(plain_keys);
}

Workload::Workload(std::uint64_t client, const Plan& plan)
    : client_(client),
      plan_(plan),
      random_(stream(plan.seed, Use::client, client)),
      options_(stream(plan.seed, Use::options, client)),
      commands_(stream(plan.seed, Use::commands, client).next(), vocabulary(plan)) {}

client::Operation Workload::next(Revision seen) {
    oracle::Situation situation{.revision = seen, .compacted = {}, .leases = {}};
    for (const LeaseId lease : oracle::RandomCommands::lease_ids())
        situation.leases.push_back(lease);
    switch (kind()) {
        case Kind::plain:
            return plain();
        case Kind::increment:
            return increment();
        case Kind::append:
            return append();
        case Kind::edit:
            return edit(situation);
        case Kind::transaction:
            return command(commands_.transaction(situation));
        case Kind::lease:
            return lease(situation);
        case Kind::compaction:
            return command(commands_.compaction(situation));
    }
    return plain();
}

std::string Workload::any_key(Random& random, const Plan& plan) {
    const std::string_view families[] = {plain_keys, plain_keys,     counters,
                                         logs,       all_other_keys, lines_family};
    return name_of(families[random.below(std::size(families))], random.below(std::max(plan.keys, others)));
}

Workload::Kind Workload::kind() {
    const std::pair<Kind, std::uint64_t> lots[] = {{Kind::plain, plan_.plain},
                                                   {Kind::increment, plan_.increments},
                                                   {Kind::append, plan_.appends},
                                                   {Kind::edit, plan_.edits},
                                                   {Kind::transaction, plan_.transactions},
                                                   {Kind::lease, plan_.leases},
                                                   {Kind::compaction, plan_.compactions}};
    std::uint64_t all = 0;
    for (const auto& [kind, count] : lots)
        all += count;
    std::uint64_t drawn = random_.below(all);
    for (const auto& [kind, count] : lots) {
        if (drawn < count) return kind;
        drawn -= count;
    }
    return Kind::plain;
}

void Workload::choose(std::string_view family, std::uint64_t count) {
    key_ = name_of(family, random_.below(count));
}

client::Operation Workload::put(std::string key) {
    key_ = std::move(key);
    value_ = std::to_string(client_) + "." + std::to_string(++values_) + ".";
    value_.resize(value_.size() + random_.below(plan_.value_bytes_max), 'x');
    return command(machine::Put{.key = key_, .value = value_});
}

client::Operation Workload::plain() {
    const std::uint64_t first = random_.below(plan_.keys);
    const bool is_write = chance(plan_.writes);
    if (is_write && !chance(plan_.removes)) return put(key_name(first));
    key_ = key_name(first);
    range_end_.clear();
    if (chance(plan_.ranges))
        range_end_ = random_.chance(0.2) ? std::string(1, '\0') : key_name(first + 1 + random_.below(4));
    if (is_write) return command(machine::Delete{.key = key_, .range_end = range_end_});
    wire::RangeRequest request = read();
    ask_for_less(request.query);
    return request;
}

wire::RangeRequest Workload::read() {
    wire::RangeRequest request{.query = {.key = key_, .range_end = range_end_}};
    request.serializable = chance(plan_.serializable);
    return request;
}

// Some reads do not want all of everything.
void Workload::ask_for_less(machine::RangeQuery& read) {
    if (options_.chance(0.1)) read.limit = 1 + options_.below(3);
    read.keys_only = options_.chance(0.05);
    read.count_only = options_.chance(0.05);
}

client::Operation Workload::increment() {
    choose(counters, others);
    range_end_.clear();
    if (!chance(plan_.writes)) return read();
    return command(machine::Increment{key_, 1 + static_cast<std::int64_t>(random_.below(9))});
}

client::Operation Workload::append() {
    choose(logs, others);
    range_end_.clear();
    if (!chance(plan_.writes)) return read();
    if (random_.chance(0.02)) return command(machine::Delete{.key = key_, .prev_kv = true});
    value_ = std::to_string(client_) + "." + std::to_string(++values_) + ",";
    return command(machine::Append{key_, value_});
}

client::Operation Workload::edit(const oracle::Situation& situation) {
    if (chance(plan_.writes)) return command(commands_.edit(situation));
    wire::RangeRequest request{.query = commands_.query(situation)};
    request.serializable = chance(plan_.serializable);
    return request;
}

client::Operation Workload::lease(const oracle::Situation& situation) {
    const auto ids = oracle::RandomCommands::lease_ids();
    switch (random_.below(10)) {
        case 0:
            return wire::LeaseStatusRequest{.lease = ids[random_.below(ids.size())],
                                            .with_keys = random_.chance(0.5)};
        case 1:
            return wire::LeasesRequest{};
        case 2:  // a key that lives with it
            choose(all_other_keys, others);
            value_ = std::to_string(++values_);
            return command(machine::Put{
                .key = key_, .value = value_, .lease = ids[random_.below(ids.size())], .prev_kv = true});
        default:
            return command(commands_.lease_change(situation));
    }
}

}  // namespace kvbus::sim
