#include "system/crash/load.h"

#include <utility>

#include "base/clock.h"

namespace kvbus::crash {
using linearizability::Operation;
using linearizability::Outcome;

Load::Load(const LoadOptions& options, UniqueKeys& unique_keys, HotKeys& hot_keys,
           linearizability::HistoryWriter* history)
    : unique_keys_(unique_keys), hot_keys_(hot_keys), history_(history) {
    constexpr std::chrono::milliseconds steady{5000}, hasty{150};
    const auto add = [&](std::string name, ClientOptions client) {
        clients_.push_back({std::move(name), std::make_unique<Client>(std::move(client))});
    };
    add("follows", {.endpoints = options.endpoints, .timeout = steady});
    add("hasty", {.endpoints = options.endpoints, .timeout = hasty});
    for (const auto& endpoint : options.endpoints) {
        add("stays-" + std::to_string(clients_.size() - 1),
            {.endpoints = {endpoint}, .timeout = steady, .stay_on_endpoints = true});
    }
    Random random(options.seed);
    for (std::uint32_t i = 0; i < options.writers; ++i) {
        threads_.emplace_back([this, worker = Worker{i, clients_[i % clients_.size()],
                                                     Random(random.next())}] { run(worker); });
    }
}

Load::~Load() {
    stop();
}

void Load::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

Totals Load::totals() const {
    const auto of = [&](Outcome outcome) { return writes_[static_cast<std::size_t>(outcome)].load(); };
    return {of(Outcome::ok), of(Outcome::unknown), of(Outcome::fail), reads_, reads_failed_};
}

void Load::measure(Instant since, std::uint64_t term) {
    const std::lock_guard lock(mutex_);
    measured_from_ = since;
    old_term_ = term;
    first_acknowledged_.reset();
}

std::optional<Duration> Load::first_acknowledged() const {
    const std::lock_guard lock(mutex_);
    if (!first_acknowledged_) return std::nullopt;
    return *first_acknowledged_ - measured_from_;
}

void Load::run(Worker worker) {
    constexpr std::chrono::milliseconds pause_after_refusal{10};
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        const auto choice = worker.random.below(100);
        const bool answered = choice < 55   ? put_unique(worker)
                              : choice < 75 ? put_hot(worker)
                              : choice < 90 ? get_unique(worker)
                                            : get_hot(worker);
        lock.lock();
        if (!answered) stopped_.wait_for(lock, pause_after_refusal, [&] { return stopping_; });
    }
}

bool Load::put_unique(Worker& worker) {
    const auto key = unique_keys_.next(worker.number);
    const auto answer = put(worker, key.key(), key.value());
    unique_keys_.settle(key, answer.outcome, answer.revision);
    return answer.outcome == Outcome::ok;
}

bool Load::put_hot(Worker& worker) {
    const auto key = static_cast<std::uint32_t>(worker.random.below(hot_keys_.count()));
    const auto floor = hot_keys_.floor(key);
    const auto value = std::to_string(worker.number) + "." + std::to_string(worker.random.next());
    const auto answer = put(worker, HotKeys::name(key), value);
    hot_keys_.wrote(key, floor, answer);
    return answer.outcome == Outcome::ok;
}

bool Load::get_unique(Worker& worker) {
    const auto key = unique_keys_.pick(worker.random);
    if (!key) return true;
    const auto read = get(worker, key->key());
    if (read.operation.outcome != Outcome::ok) return false;
    unique_keys_.check(*key, read.first(), "read through " + worker.through.name);
    return true;
}

bool Load::get_hot(Worker& worker) {
    const auto key = static_cast<std::uint32_t>(worker.random.below(hot_keys_.count()));
    const auto floor = hot_keys_.floor(key);
    const auto read = get(worker, HotKeys::name(key));
    if (read.operation.outcome != Outcome::ok) return false;
    hot_keys_.read(key, floor, read.operation);
    return true;
}

Operation Load::put(Worker& worker, const std::string& key, const std::string& value) {
    const auto call = monotonic_now();
    const auto result = worker.through.client->put(key, value);
    const auto returned = monotonic_now();
    count_write(result, call, returned);
    Operation operation{.id = ++last_id_,
                        .client = worker.through.name + "/" + std::to_string(worker.number),
                        .node = result.ok() ? result->header.node.value : 0,
                        .op = linearizability::Op::put,
                        .key = key,
                        .value = value,
                        .call = call,
                        .returned = returned,
                        .outcome = harness::outcome_of_write(result.ok() ? Code::ok : result.error().code),
                        .revision = result.ok() ? result->revision.value : 0};
    record(operation);
    return operation;
}

Load::Read Load::get(Worker& worker, const std::string& key) {
    const auto call = monotonic_now();
    auto result = worker.through.client->get(key);
    const auto returned = monotonic_now();
    ++(result.ok() ? reads_ : reads_failed_);
    Read read{
        .operation = {.id = ++last_id_,
                      .client = worker.through.name + "/" + std::to_string(worker.number),
                      .node = result.ok() ? result->header.node.value : 0,
                      .op = linearizability::Op::get,
                      .key = key,
                      .call = call,
                      .returned = returned,
                      .outcome = harness::outcome_of_read(result.ok() ? Code::ok : result.error().code)}};
    if (result.ok()) read.found = std::move(result->kvs);
    if (const auto* found = read.first()) {
        read.operation.value = found->value;
        read.operation.revision = found->mod_revision.value;
    }
    record(read.operation);
    return read;
}

void Load::record(const Operation& operation) {
    if (history_ != nullptr) history_->add(operation);
}

void Load::count_write(const Result<PutResult>& result, Instant call, Instant returned) {
    ++writes_[static_cast<std::size_t>(
        harness::outcome_of_write(result.ok() ? Code::ok : result.error().code))];
    if (!result.ok()) return;
    const std::lock_guard lock(mutex_);
    if (!first_acknowledged_ && call >= measured_from_ && result->header.term > old_term_)
        first_acknowledged_ = returned;
}

}  // namespace kvbus::crash
