#include "kvbench/load.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include <kvbus/client.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "kvbench/keys.h"

namespace kvbus::bench {
namespace {

constexpr std::size_t noise_bytes = 1 << 20;  // values are cut out of it, so that making one costs nothing

enum class Phase : std::uint8_t { warm, measured, stopping };

std::string make_noise(std::size_t bytes) {
    Random random{random_seed()};
    std::string noise(bytes, '\0');
    for (auto& byte : noise)
        byte = static_cast<char>(random.next());
    return noise;
}

}  // namespace

struct Load::Shared {
    explicit Shared(Plan the_plan)
        : plan(std::move(the_plan)),
          noise(make_noise(noise_bytes + plan.value_size)),
          in_flight(plan.clients) {}

    const Plan plan;
    const std::string noise;
    std::atomic<Phase> phase{Phase::warm};
    std::atomic<std::uint64_t> next_key{0};  // Workload::load only
    std::mutex mutex;
    std::condition_variable all_retired;
    std::uint32_t in_flight;  // slots not yet retired; under `mutex`
};

// One Client and its share of the operations in flight. After start() only the Client's thread touches it,
// until all slots are retired.
class Load::Worker {
  public:
    Worker(Shared& shared, const std::string& endpoint, std::uint32_t slots)
        : shared_(shared),
          random_(random_seed()),
          issued_(slots),
          client_(
              {.endpoints = {endpoint}, .in_flight_max = connection_clients_max, .stay_on_endpoints = true}) {
        read_options_.serializable = shared.plan.workload == Workload::sget;
    }

    // The first operation starts the others when it ends, so that all of them start on the Client's thread.
    void start() { next(0, monotonic_now()); }

    [[nodiscard]] std::uint64_t completed() const { return completed_.load(std::memory_order_relaxed); }
    void add_to(Tally& tally) const {
        tally.latency.add(latency_);
        tally.errors += errors_;
        if (tally.first_error.empty()) tally.first_error = first_error_;
    }

  private:
    void next(std::uint32_t slot, Instant now) {
        const auto& plan = shared_.plan;
        if (shared_.phase.load(std::memory_order_relaxed) == Phase::stopping) return retire();
        std::uint64_t number = 0;
        if (plan.workload == Workload::load) {
            number = shared_.next_key.fetch_add(1, std::memory_order_relaxed);
            if (number >= plan.keys) return retire();
        } else {
            number = random_.below(plan.keys);
        }
        issued_[slot] = now;
        issue(slot, Key{number});
    }

    void issue(std::uint32_t slot, const Key& key) {
        switch (shared_.plan.workload) {
            case Workload::put:
            case Workload::load:
                client_.put_async(key.view(), value(), {}, [this, slot](const Result<PutResult>& result) {
                    ended(slot, result.ok() ? nullptr : &result.error());
                });
                break;
            case Workload::get:
            case Workload::sget:
                client_.get_async(key.view(), read_options_, [this, slot](const Result<GetResult>& result) {
                    static const Error missing{
                        Code::invalid_argument,
                        "a key is not there; run kvbench load, or leave out --no-preload"};
                    if (!result.ok()) return ended(slot, &result.error());
                    ended(slot, result->kvs.empty() ? &missing : nullptr);
                });
                break;
        }
    }

    void ended(std::uint32_t slot, const Error* error) {
        const Instant now = monotonic_now();
        if (error != nullptr) {
            if (errors_++ == 0)
                first_error_ = std::string{kvbus::name_of(error->code)} + ": " + error->message;
        } else if (shared_.phase.load(std::memory_order_relaxed) == Phase::measured) {
            latency_.record(static_cast<std::uint64_t>((now - issued_[slot]).count()));
        }
        completed_.store(completed() + 1, std::memory_order_relaxed);
        if (!std::exchange(all_started_, true)) {
            // Where nothing works, going on would only count errors.
            if (error != nullptr) return retire(static_cast<std::uint32_t>(issued_.size()));
            for (std::uint32_t other = 1; other < issued_.size(); ++other)
                next(other, now);
        }
        next(slot, now);
    }

    void retire(std::uint32_t slots = 1) {
        const std::lock_guard lock{shared_.mutex};
        shared_.in_flight -= slots;
        if (shared_.in_flight == 0) shared_.all_retired.notify_all();
    }

    std::string_view value() {
        const std::uint64_t offset = random_.next() % noise_bytes;
        return std::string_view{shared_.noise}.substr(offset, shared_.plan.value_size);
    }

    Shared& shared_;
    Random random_;
    GetOptions read_options_;
    std::vector<Instant> issued_;  // by slot
    bool all_started_ = false;
    Histogram latency_;
    std::uint64_t errors_ = 0;
    std::string first_error_;
    std::atomic<std::uint64_t> completed_{0};  // written by one thread, so a store is enough
    Client client_;                            // last: it is gone before what its callbacks use
};

Load::Load(Plan plan) : shared_(std::make_unique<Shared>(std::move(plan))) {
    const auto& settled = shared_->plan;
    const auto connections = static_cast<std::uint32_t>(settled.connections.size());
    KV_CHECK(connections > 0 && connections <= settled.clients);
    for (std::uint32_t i = 0; i < connections; ++i) {
        const std::uint32_t slots =
            settled.clients / connections + (i < settled.clients % connections ? 1 : 0);
        workers_.push_back(std::make_unique<Worker>(*shared_, settled.connections[i], slots));
    }
}

Load::~Load() = default;

void Load::start() {
    for (auto& worker : workers_)
        worker->start();
}

void Load::begin() {
    shared_->phase = Phase::measured;
}
void Load::end() {
    shared_->phase = Phase::warm;
}
void Load::stop() {
    shared_->phase = Phase::stopping;
}

bool Load::drained(Duration patience) {
    std::unique_lock lock{shared_->mutex};
    return shared_->all_retired.wait_for(lock, patience, [this] { return shared_->in_flight == 0; });
}

std::uint64_t Load::completed() const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_)
        sum += worker->completed();
    return sum;
}

Tally Load::tally() const {
    Tally tally;
    for (const auto& worker : workers_)
        worker->add_to(tally);
    return tally;
}

}  // namespace kvbus::bench
