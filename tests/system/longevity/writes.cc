#include "system/longevity/writes.h"

#include <array>
#include <cinttypes>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include <unistd.h>

#include <kvbus/client.h>

#include "base/clock.h"
#include "base/random.h"
#include "system/harness/wait.h"

namespace kvbus::longevity {
namespace {

constexpr std::uint64_t in_flight_max = 256;
constexpr std::uint64_t between_progress = 50'000;  // puts

}  // namespace

struct Writes::State {
    State(const std::vector<std::string>& endpoints, std::uint64_t all_keys, std::uint32_t size)
        : keys(all_keys), value(size, '\0'), client({.endpoints = endpoints}) {}

    void put();
    void wait_until_at_most(std::uint64_t count);

    const std::uint64_t keys;
    std::string value;
    Random random{1};
    std::uint64_t written = 0;

    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t in_flight = 0;  // this and the next: under `mutex`
    std::string failure;
    Client client;  // the last, since its callbacks use the others
};

Writes::Writes(const std::vector<std::string>& endpoints, std::uint64_t keys, std::uint32_t value_bytes)
    : state_(std::make_unique<State>(endpoints, keys, value_bytes)) {}

Writes::~Writes() = default;

// As long as those of kvbench and of the scripts for other stores: sixteen bytes.
std::string Writes::key(std::uint64_t number) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "key:%012" PRIu64, number);
    return text.data();
}

Duration Writes::write(std::uint64_t count) {
    const bool is_shown = isatty(STDERR_FILENO) == 1;
    const Instant began = monotonic_now();
    for (std::uint64_t i = 0; i < count; ++i) {
        state_->wait_until_at_most(in_flight_max - 1);
        state_->put();
        if (is_shown && i % between_progress == 0)
            std::fprintf(stderr, "\rwriting: %" PRIu64 " of %" PRIu64, i, count);
    }
    state_->wait_until_at_most(0);
    if (is_shown) std::fputs("\r\033[K", stderr);
    return monotonic_now() - began;
}

void Writes::State::put() {
    for (char& byte : value)
        byte = static_cast<char>(random.next());
    {
        const std::lock_guard lock(mutex);
        ++in_flight;
    }
    client.put_async(key(written++ % keys), value, {}, [this](const Result<PutResult>& put) {
        const std::lock_guard lock(mutex);
        --in_flight;
        if (!put.ok()) failure = put.error().message;
        changed.notify_one();
    });
}

void Writes::State::wait_until_at_most(std::uint64_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return in_flight <= count; });
    if (!failure.empty()) throw harness::Failure("a put: " + failure);
}

}  // namespace kvbus::longevity
