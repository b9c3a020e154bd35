// The form of an endpoint: tcp://HOST:PORT.
#pragma once

#include <string_view>

#include <kvbus/error.h>

namespace kvbus::client {

[[nodiscard]] Result<void> validate_endpoint_url(std::string_view url);

// Whether the host is an IPv6 address in brackets. A name is looked up as IPv4 only: "localhost" would
// otherwise become
// ::1, where a node that listens on 127.0.0.1 is not to be found.
[[nodiscard]] bool is_ipv6(std::string_view url);

}  // namespace kvbus::client
