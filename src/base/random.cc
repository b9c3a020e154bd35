#include "base/random.h"

#include <bit>

#include <sys/random.h>

#include "base/check.h"

namespace kvbus {
namespace {

std::uint64_t split_mix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) : state_{} {
    for (auto& word : state_)
        word = split_mix(seed);
}

std::uint64_t Random::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
    KV_CHECK(bound > 0);
    const std::uint64_t reject_under = (0 - bound) % bound;  // so that every remainder is equally likely
    for (;;) {
        const std::uint64_t number = next();
        if (number >= reject_under) return number % bound;
    }
}

std::uint64_t Random::between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
}

bool Random::chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    KV_CHECK(getrandom(&seed, sizeof seed, 0) == sizeof seed);
    return seed;
}

}  // namespace kvbus
