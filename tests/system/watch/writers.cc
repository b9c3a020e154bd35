#include "system/watch/writers.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "system/watch/keyspace.h"

namespace kvbus::watch {
namespace {

using harness::Outcome;

// Different for every write, and of many sizes.
std::string value_of(std::uint32_t writer, std::uint64_t number, std::size_t bytes) {
    auto text = std::to_string(monotonic_now().time_since_epoch().count()) + " " + std::to_string(writer) +
                "." + std::to_string(number);
    if (text.size() < bytes) text.append(bytes - text.size(), '.');
    return text;
}

template <class Answer>
Write settled(const Result<Answer>& answer, std::vector<Change> changes) {
    Write write{harness::outcome_of_write(answer.ok() ? Code::ok : answer.error().code), 0,
                std::move(changes)};
    if (answer.ok()) write.revision = answer->revision.value;
    return write;
}

std::vector<Change> removals(const std::vector<KeyValue>& removed) {
    std::vector<Change> changes;
    for (const auto& entry : removed)
        changes.push_back({key_number(entry.key).value_or(keys_count), false, 0});
    return changes;
}

}  // namespace

std::optional<Instant> written_at(std::string_view value) {
    Duration::rep count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc{} || end == value.data() + value.size() || *end != ' ') return std::nullopt;
    return Instant{Duration{count}};
}

Writers::Writers(const std::vector<std::string>& endpoints, std::uint32_t count, std::uint64_t seed) {
    constexpr std::chrono::milliseconds steady{5000}, hasty{150};
    clients_.push_back(std::make_unique<Client>(ClientOptions{.endpoints = endpoints, .timeout = steady}));
    clients_.push_back(std::make_unique<Client>(ClientOptions{.endpoints = endpoints, .timeout = hasty}));
    for (const auto& endpoint : endpoints) {
        clients_.push_back(std::make_unique<Client>(
            ClientOptions{.endpoints = {endpoint}, .timeout = steady, .stay_on_endpoints = true}));
    }
    Random random(seed);
    for (std::uint32_t i = 0; i < count; ++i)
        workers_.push_back({i, *clients_[i % clients_.size()], Random(random.next())});
    for (auto& worker : workers_)
        threads_.emplace_back([this, &worker] { run(worker); });
}

Writers::~Writers() {
    stop();
}

void Writers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

std::uint64_t Writers::count(Outcome outcome) const {
    return counts_[static_cast<std::size_t>(outcome)];
}

void Writers::run(Worker& worker) {
    constexpr std::chrono::milliseconds pause_after_refusal{10};
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        ++worker.writes;
        worker.log.push_back(write(worker));
        const auto outcome = worker.log.back().outcome;
        ++counts_[static_cast<std::size_t>(outcome)];
        lock.lock();
        if (outcome != Outcome::ok) stopped_.wait_for(lock, pause_after_refusal, [&] { return stopping_; });
    }
}

Write Writers::write(Worker& worker) {
    constexpr std::uint64_t large_every = 500;  // more than fits one answer to a watch
    if (worker.random.below(large_every) == 0) return transact(worker, 20, 60'000);
    const auto choice = worker.random.below(100);
    if (choice < 65) return put(worker);
    if (choice < 78) return remove(worker);
    if (choice < 80) return remove_folder(worker);
    return transact(worker, 2 + static_cast<std::uint32_t>(worker.random.below(6)), 0);
}

Write Writers::put(Worker& worker) {
    const auto key = static_cast<std::uint32_t>(worker.random.below(keys_count));
    const auto value = value_of(worker.number, worker.writes, worker.random.below(300));
    return settled(worker.client.put(key_name(key), value), {{key, true, value_hash(value)}});
}

Write Writers::remove(Worker& worker) {
    const auto key = static_cast<std::uint32_t>(worker.random.below(keys_count));
    const auto answer = worker.client.remove(key_name(key));
    const bool nothing = answer.ok() && answer->deleted == 0;
    return settled(answer, nothing ? std::vector<Change>{} : std::vector<Change>{{key, false, 0}});
}

Write Writers::remove_folder(Worker& worker) {
    const auto folder = folder_name(static_cast<std::uint32_t>(worker.random.below(folders_count)));
    const auto answer = worker.client.remove(folder, {.range_end = prefix_end(folder), .prev_kv = true});
    return settled(answer, answer.ok() ? removals(answer->previous) : std::vector<Change>{});
}

// Puts and removals of different keys, in one revision.
Write Writers::transact(Worker& worker, std::uint32_t operations, std::size_t value_bytes) {
    Txn txn;
    std::vector<Change> changes;
    const auto first = worker.random.below(keys_count);
    for (std::uint32_t i = 0; i < operations; ++i) {
        const auto key = static_cast<std::uint32_t>((first + i * 7) % keys_count);
        if (value_bytes == 0 && worker.random.below(4) == 0) {
            txn.success.push_back({TxnRemove{key_name(key)}});
            changes.push_back({key, false, 0});
            continue;
        }
        const auto value = value_of(worker.number, worker.writes * 100 + i, value_bytes);
        txn.success.push_back({TxnPut{key_name(key), value}});
        changes.push_back({key, true, value_hash(value)});
    }
    const auto answer = worker.client.txn(txn);
    if (answer.ok()) {
        std::vector<Change> made;
        for (std::size_t i = 0; i < answer->results.size(); ++i) {
            const auto* removed = std::get_if<DeleteResult>(&answer->results[i].body);
            if (removed == nullptr || removed->deleted > 0) made.push_back(changes[i]);
        }
        changes = std::move(made);
    }
    return settled(answer, std::move(changes));
}

// --- at the end --------------------------------------------------------------------------------------------

void Writers::check(const std::vector<Seen>& all, harness::Violations& violations) const {
    std::map<std::uint64_t, std::set<Change>> acknowledged;
    std::map<std::uint64_t, const Write*> maybe;  // by the value of each put
    std::uint64_t unknown_removals = 0;
    for (const auto& worker : workers_) {
        for (const auto& write : worker.log) {
            if (write.outcome == Outcome::ok && !write.changes.empty()) {
                if (!acknowledged.try_emplace(write.revision, write.changes.begin(), write.changes.end())
                         .second)
                    violations.add("revision " + std::to_string(write.revision) +
                                   " was acknowledged to two writes");
            } else if (write.outcome == Outcome::unknown) {
                const bool puts = std::ranges::any_of(write.changes, &Change::is_put);
                unknown_removals += puts ? 0 : 1;
                for (const auto& change : write.changes) {
                    if (change.is_put) maybe[change.value] = &write;
                }
            }
        }
    }
    std::set<const Write*> applied;
    for (auto begin = all.begin(); begin != all.end();) {
        const auto revision = begin->revision;
        const auto end =
            std::find_if(begin, all.end(), [&](const Seen& seen) { return seen.revision != revision; });
        std::set<Change> happened;
        for (auto seen = begin; seen != end; ++seen)
            happened.insert(seen->change);
        begin = end;
        const auto violated = [&](const std::string& what) {
            violations.add("revision " + std::to_string(revision) + ": " + what);
        };
        if (const auto told = acknowledged.find(revision); told != acknowledged.end()) {
            if (told->second != happened)
                violated("a watch tells other changes than those that were acknowledged");
            acknowledged.erase(told);
            continue;
        }
        const auto put = std::ranges::find_if(happened, &Change::is_put);
        if (put == happened.end()) {
            if (unknown_removals-- == 0) violated("nobody removed what a watch tells to be removed");
            continue;
        }
        const auto write = maybe.find(put->value);
        if (write == maybe.end()) {
            violated("a watch tells a write that nobody made, or that was refused");
        } else {
            if (!applied.insert(write->second).second) violated("a write was applied twice");
            for (const auto& change : write->second->changes) {
                if (change.is_put && !happened.contains(change))
                    violated("a watch tells a part of a transaction");
            }
        }
    }
    for (const auto& [revision, changes] : acknowledged)
        violations.add("revision " + std::to_string(revision) + " was acknowledged, but no watch tells it");
}

}  // namespace kvbus::watch
