#include "client/lease_keeper.h"

#include <algorithm>

namespace kvbus::client {
namespace {

using namespace std::chrono_literals;

constexpr Duration interval_max = 1min;
constexpr int keep_alives_per_ttl = 3;
constexpr int pauses_per_ttl = 12;  // between a keep-alive that failed and the next

// It may have been done, or may yet be.
bool leaves_hope(Code code) {
    const Category category = category_of(code);
    return code != Code::closed && (category == Category::unavailable || category == Category::overloaded ||
                                    category == Category::outcome_unknown);
}

}  // namespace

std::optional<std::chrono::milliseconds> LeaseKeeper::send(Instant now) {
    if (now >= expires_) return std::nullopt;
    sent_ = now;
    const Duration patience = std::min({ttl_ / keep_alives_per_ttl, expires_ - now, interval_max});
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(patience), 1ms);
}

std::optional<Instant> LeaseKeeper::confirmed(Instant now, Duration ttl) {
    if (now >= expires_) return std::nullopt;
    ttl_ = ttl;
    expires_ = sent_ + ttl;
    return sent_ + std::min(ttl / keep_alives_per_ttl, interval_max);
}

std::optional<Instant> LeaseKeeper::failed(Instant now, Code code) {
    if (now >= expires_ || !leaves_hope(code)) return std::nullopt;
    return std::min(now + ttl_ / pauses_per_ttl, expires_);
}

}  // namespace kvbus::client
