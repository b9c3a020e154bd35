#include "oracle/random_commands.h"

#include <algorithm>
#include <limits>
#include <set>

namespace kvbus::oracle {
namespace {

using std::chrono::milliseconds;
using namespace std::string_view_literals;

constexpr std::array names = {
    "a"sv,         "aa"sv,       "ab"sv,           "abc"sv, "abd"sv, "a\0"sv, "a\0\0"sv, "a\0b"sv, "a\xff"sv,
    "a\xff\xff"sv, "b"sv,        "b\xff"sv,        "ba"sv,  "c"sv,   "k/1"sv, "k/2"sv,   "k/3"sv,  "k/30"sv,
    "k/31"sv,      "k0"sv,       "n/a"sv,          "n/b"sv, "n/c"sv, "n/d"sv, "z"sv,     "\0"sv,   "\0\0"sv,
    "\xff"sv,      "\xff\xff"sv, "\xff\xff\xff"sv,
};
constexpr std::array prefixes = {"a"sv,   "ab"sv, "a\0"sv,  "a\xff"sv, "k/"sv,
                                 "k/3"sv, "n/"sv, "\xff"sv, "\0"sv};

constexpr std::array texts = {
    "0"sv,
    "1"sv,
    "7"sv,
    "-5"sv,
    "42"sv,
    "100"sv,
    "9223372036854775807"sv,
    "-9223372036854775808"sv,
    "9223372036854775800"sv,
    "9223372036854775808"sv,
    "-9223372036854775809"sv,
    "007"sv,
    "+1"sv,
    "-0"sv,
    ""sv,
    " 1"sv,
    "1 "sv,
    "1\0"sv,
    "text"sv,
    "\0\xff"sv,
    "0x10"sv,
    "1e3"sv,
    "--1"sv,
    "t\x7f"sv,
    "t\x80"sv,
    "\xff"sv,
};
constexpr std::uint64_t leases_max = 8;
constexpr LeaseId unknown_lease{77};

template <class Array>
auto one_of(Random& random, const Array& items) {
    return items[random.below(items.size())];
}

// The end of the range of all keys that begin with `prefix`, as etcd's clients make it.
std::string after_prefix(std::string_view prefix) {
    std::string end{prefix};
    while (!end.empty() && end.back() == '\xff')
        end.pop_back();
    if (end.empty()) return std::string(1, '\0');
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

bool covers(const machine::Delete& remove, std::string_view key) {
    if (remove.range_end.empty()) return key == remove.key;
    if (remove.range_end == "\0"sv) return key >= remove.key;
    return remove.key <= key && key < remove.range_end;
}

// What one branch may write, with all branches of what is nested in it.
struct Writes {
    std::multiset<std::string_view> puts;
    std::vector<machine::Delete> removes;
};

bool overlap(const Writes& a, const Writes& b) {
    const auto removed = [](const Writes& writes, std::string_view key) {
        return std::ranges::any_of(writes.removes, [&](const auto& remove) { return covers(remove, key); });
    };
    return std::ranges::any_of(a.puts, [&](auto key) { return b.puts.contains(key) || removed(b, key); }) ||
           std::ranges::any_of(b.puts, [&](auto key) { return removed(a, key); });
}

bool removed_later(const Writes& earlier, const Writes& later) {
    return std::ranges::any_of(earlier.puts, [&](auto key) {
        return std::ranges::any_of(later.removes, [&](const auto& remove) { return covers(remove, key); });
    });
}

void add(Writes& all, const Writes& more) {
    all.puts.insert(more.puts.begin(), more.puts.end());
    all.removes.insert(all.removes.end(), more.removes.begin(), more.removes.end());
}

struct Judged {
    Flaw flaw = Flaw::none;
    Writes writes;
};

Judged judge(const std::vector<machine::Operation>& branch);

Judged judge(const machine::Txn& txn) {
    const Judged success = judge(txn.success);
    const Judged failure = judge(txn.failure);
    Judged both{std::max(success.flaw, failure.flaw), success.writes};
    add(both.writes, failure.writes);
    return both;
}

// The writes that one operation of a branch makes itself.
Writes own_writes(const machine::Operation& operation) {
    Writes writes;
    if (const auto* put = std::get_if<machine::Put>(&operation.body)) writes.puts.insert(put->key);
    if (const auto* append = std::get_if<machine::Append>(&operation.body)) writes.puts.insert(append->key);
    if (const auto* increment = std::get_if<machine::Increment>(&operation.body))
        writes.puts.insert(increment->key);
    if (const auto* remove = std::get_if<machine::Delete>(&operation.body)) writes.removes.push_back(*remove);
    return writes;
}

Judged judge(const std::vector<machine::Operation>& branch) {
    Judged all;
    Writes own;     // of this list itself
    Writes nested;  // of the transactions in it, so far
    for (const machine::Operation& operation : branch) {
        const Writes writes = own_writes(operation);
        if (overlap(own, writes)) all.flaw = Flaw::certain;
        add(own, writes);
    }
    for (const machine::Operation& operation : branch) {
        const auto* txn = std::get_if<machine::Txn>(&operation.body);
        if (txn == nullptr) continue;
        const Judged inner = judge(*txn);
        all.flaw = std::max(all.flaw, inner.flaw);
        if (overlap(own, inner.writes)) all.flaw = Flaw::certain;
        if (removed_later(nested, inner.writes)) all.flaw = std::max(all.flaw, Flaw::doubtful);
        const Writes earlier{nested.puts, {}};
        const Writes later{inner.writes.puts, {}};
        if (overlap(earlier, later) || removed_later(inner.writes, nested)) all.flaw = Flaw::certain;
        add(nested, inner.writes);
    }
    add(all.writes, own);
    add(all.writes, nested);
    return all;
}

}  // namespace

Flaw duplicate_keys(const machine::Txn& txn) {
    return judge(txn).flaw;
}

std::vector<LeaseId> RandomCommands::lease_ids() {
    std::vector<LeaseId> ids{unknown_lease};
    for (std::uint64_t id = 1; id <= leases_max; ++id)
        ids.emplace_back(id);
    return ids;
}

// --- parts -------------------------------------------------------------------------------------------------

std::string_view RandomCommands::keep(std::string bytes) {
    return bytes_.emplace_back(std::move(bytes));
}

std::string_view RandomCommands::key() {
    return keep(vocabulary_.prefix + std::string(one_of(random_, names)));
}

std::string_view RandomCommands::value() {
    if (random_.chance(0.5)) return keep(std::string(one_of(random_, texts)));
    return keep(std::string(random_.below(value_bytes_max), static_cast<char>('a' + random_.below(26))));
}

milliseconds RandomCommands::up_to(milliseconds max) {
    return milliseconds{random_.between(1, static_cast<std::uint64_t>(max.count()))};
}

RandomCommands::Range RandomCommands::range() {
    switch (random_.below(10)) {
        case 0:
            return {key(), keep(after_prefix(vocabulary_.prefix))};  // from a key on
        case 1: {
            const std::string& prefix = vocabulary_.prefix;
            return {keep(prefix.empty() ? std::string(1, '\0') : prefix), keep(after_prefix(prefix))};  // all
        }
        case 2:
        case 3:
        case 4: {
            const std::string prefix = vocabulary_.prefix + std::string(one_of(random_, prefixes));
            return {keep(prefix), keep(after_prefix(prefix))};
        }
        case 5:
        case 6:
            return {key(), key()};  // often empty
        default:
            return {key(), {}};
    }
}

LeaseId RandomCommands::lease(const Situation& situation) {
    if (!situation.leases.empty() && random_.chance(0.85)) return one_of(random_, situation.leases);
    return random_.chance(0.3) ? unknown_lease : LeaseId{random_.between(1, leases_max)};
}

Revision RandomCommands::past(const Situation& situation) {
    const std::uint64_t now = situation.revision.value;
    switch (random_.below(8)) {
        case 0:
            return Revision{now + random_.below(3)};  // now, or what is not there yet
        case 1:
            return situation.compacted;  // may be none
        case 2:
            return Revision{situation.compacted.value -
                            std::min<std::uint64_t>(situation.compacted.value, 1)};
        case 3:
            return Revision{random_.between(1, now)};
        default:
            return Revision{now - random_.below(std::min<std::uint64_t>(now, 40))};
    }
}

// --- operations --------------------------------------------------------------------------------------------

machine::Put RandomCommands::put(const Situation& situation) {
    machine::Put put{.key = key(), .value = value()};
    put.prev_kv = random_.chance(0.3);
    put.ignore_value = random_.chance(0.1);
    put.ignore_lease = random_.chance(0.1);
    if (put.ignore_value) put.value = {};
    if (put.ignore_lease) return put;
    if (random_.chance(0.25))
        put.lease = lease(situation);
    else if (random_.chance(0.25))
        put.ttl = up_to(vocabulary_.key_ttl_max);
    return put;
}

machine::Delete RandomCommands::remove() {
    const Range chosen = random_.chance(0.6) ? Range{key(), {}} : range();
    return {chosen.key, chosen.range_end, random_.chance(0.3)};
}

machine::Append RandomCommands::append() {
    return {key(), random_.chance(0.1) ? keep("") : random_.chance(0.4) ? keep("1") : value()};
}

machine::Increment RandomCommands::increment() {
    machine::Increment increment{key(), static_cast<std::int64_t>(random_.below(21)) - 10};
    if (random_.chance(0.05)) increment.delta = std::numeric_limits<std::int64_t>::max();
    if (random_.chance(0.05)) increment.delta = std::numeric_limits<std::int64_t>::min();
    return increment;
}

machine::Compare RandomCommands::compare(const Situation& situation) {
    machine::Compare compare;
    const Range chosen = range();
    compare.key = chosen.key;
    compare.range_end = chosen.range_end;
    compare.target = static_cast<machine::CompareTarget>(random_.below(5));
    compare.relation = static_cast<machine::Relation>(random_.below(4));
    switch (compare.target) {
        case machine::CompareTarget::version:
            compare.number = random_.below(4);
            break;
        case machine::CompareTarget::create:
        case machine::CompareTarget::mod:
            compare.number = random_.chance(0.3) ? 0 : past(situation).value;
            break;
        case machine::CompareTarget::value:
            compare.value = value();
            break;
        case machine::CompareTarget::lease:
            compare.number = random_.chance(0.5) ? 0 : lease(situation).value;
            break;
    }
    return compare;
}

machine::Operation RandomCommands::operation(const Situation& situation, int depth) {
    switch (random_.below(depth < 3 ? 9 : 8)) {
        case 0:
        case 1:
        case 2:
            return {put(situation)};
        case 3:
            return {remove()};
        case 4:
            return {append()};
        case 5:
            return {increment()};
        case 6:
        case 7: {
            machine::RangeQuery query = any_query(situation);
            if (!vocabulary_.past_in_transactions) query.revision = {};
            return {query};
        }
        default:
            return {txn(situation, depth + 1)};
    }
}

std::vector<machine::Operation> RandomCommands::operations(const Situation& situation, int depth) {
    std::vector<machine::Operation> operations;
    for (std::uint64_t i = random_.below(5); i > 0; --i)
        operations.push_back(operation(situation, depth));
    return operations;
}

// Other keys stand in these lines too, and one line is within the other.
std::string_view RandomCommands::name_of_line() {
    static constexpr std::array lines = {"k"sv, "n"sv, "k/3"sv};
    return keep(vocabulary_.prefix + std::string(one_of(random_, lines)));
}

machine::Campaign RandomCommands::any_campaign(const Situation& situation) {
    return {name_of_line(), value(), lease(situation)};
}

machine::Txn RandomCommands::txn(const Situation& situation, int depth) {
    machine::Txn txn;
    for (std::uint64_t i = random_.below(3); i > 0; --i)
        txn.compares.push_back(compare(situation));
    txn.success = operations(situation, depth);
    txn.failure = operations(situation, depth);
    return txn;
}

machine::RangeQuery RandomCommands::any_query(const Situation& situation) {
    const Range chosen = range();
    machine::RangeQuery query{.key = chosen.key, .range_end = chosen.range_end};
    if (random_.chance(0.3)) query.limit = random_.between(1, 6);
    if (random_.chance(0.4)) query.revision = past(situation);
    query.sort_order = static_cast<machine::SortOrder>(random_.below(3));
    query.sort_target = static_cast<machine::SortTarget>(random_.chance(0.4) ? 0 : random_.below(5));
    query.keys_only = random_.chance(0.1);
    query.count_only = random_.chance(0.1);
    for (Revision* bound : {&query.mod_revision_min, &query.mod_revision_max, &query.create_revision_min,
                            &query.create_revision_max}) {
        if (random_.chance(0.1)) *bound = past(situation);
    }
    return query;
}

// --- commands ----------------------------------------------------------------------------------------------

machine::Change RandomCommands::any_edit(const Situation& situation) {
    const std::uint64_t kind = random_.below(58);
    if (kind < 30) return put(situation);
    if (kind < 40) return remove();
    if (kind < 48) return append();
    return increment();
}

machine::Change RandomCommands::any_lease_change(const Situation& situation) {
    const std::uint64_t kind = random_.below(13);
    if (kind < 7)
        return machine::LeaseGrant{LeaseId{random_.between(1, leases_max)}, up_to(vocabulary_.lease_ttl_max)};
    if (kind < 9) return machine::LeaseRevoke{lease(situation)};
    return machine::LeaseKeepAlive{lease(situation)};
}

machine::Change RandomCommands::any_change(const Situation& situation) {
    const std::uint64_t kind = random_.below(100);
    if (kind < 58) return any_edit(situation);
    if (kind < 62) return any_campaign(situation);
    if (kind < 86) return txn(situation, 1);
    if (kind < 99) return any_lease_change(situation);
    return machine::Compact{past(situation)};
}

// Makes it a new write of a client's, a retry, or one that comes too late. What a retry asks for differs from
// what it asked for at first: the answer must come from the session nevertheless.
void RandomCommands::number(machine::Command& command) {
    if (random_.chance(0.005)) era_ += 1;
    const std::uint64_t chosen = (era_ + random_.below(3)) % clients_.size();
    Client& client = clients_[chosen];
    command.client = ClientId{100 + chosen};
    std::uint64_t sequence = 0;
    if (client.next > client.first && random_.chance(0.2)) {
        sequence = random_.between(client.first, client.next - 1);  // a retry, or one that was overtaken
    } else if (client.first > 1 && random_.chance(0.05)) {
        sequence = random_.between(1, client.first - 1);
    } else {
        client.next += random_.chance(0.1) ? random_.below(4) : 0;
        sequence = client.next++;
        if (random_.chance(0.3) || sequence - client.first > 100)
            client.first = random_.between(client.first, sequence);
    }
    command.sequence = Sequence{sequence};
    command.first_unanswered = Sequence{std::min(client.first, sequence)};
}

RandomCommand RandomCommands::command(const Situation& situation) {
    bytes_.clear();
    RandomCommand drawn{machine::without_session(any_change(situation)), Flaw::none};
    if (const auto* txn = std::get_if<machine::Txn>(&drawn.command.operation))
        drawn.flaw = duplicate_keys(*txn);
    if (drawn.flaw == Flaw::none && random_.chance(0.6)) number(drawn.command);
    return drawn;
}

machine::Change RandomCommands::edit(const Situation& situation) {
    bytes_.clear();
    return any_edit(situation);
}

machine::Txn RandomCommands::transaction(const Situation& situation) {
    bytes_.clear();
    for (;;) {
        machine::Txn drawn = txn(situation, 1);
        if (duplicate_keys(drawn) == Flaw::none) return drawn;
    }
}

machine::Change RandomCommands::lease_change(const Situation& situation) {
    bytes_.clear();
    return any_lease_change(situation);
}

machine::Campaign RandomCommands::campaign(const Situation& situation) {
    bytes_.clear();
    return any_campaign(situation);
}

machine::Compact RandomCommands::compaction(const Situation& situation) {
    return {std::max(past(situation), Revision{1})};
}

machine::RangeQuery RandomCommands::query(const Situation& situation) {
    bytes_.clear();
    return any_query(situation);
}

std::chrono::nanoseconds RandomCommands::pause() {
    switch (random_.below(20)) {
        case 0:
            return std::chrono::seconds{random_.below(60)};
        case 1:
        case 2:
            return std::chrono::nanoseconds{random_.below(1'000'000'000)};
        case 3:
            return std::chrono::nanoseconds{0};
        default:
            return milliseconds{random_.below(500)};
    }
}

}  // namespace kvbus::oracle
