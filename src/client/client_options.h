// What a client may be asked to be.
#pragma once

#include <string_view>

#include <kvbus/client.h>

namespace kvbus::client {

constexpr std::uint32_t in_flight_limit = 16'384;  // the answers a cluster keeps for one client
constexpr std::chrono::milliseconds timeout_limit = std::chrono::minutes{1};

[[nodiscard]] Result<void> validate(const ClientOptions& options);
[[nodiscard]] Result<void> validate_timeout(std::string_view name, std::chrono::milliseconds timeout);

}  // namespace kvbus::client
