// What is wrong with the values of a request, whatever the state of the map: the field, what it is and what
// it must be, in one line. What is wrong inside a transaction is named by its place: "success[2].key: empty,
// …".
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <kvbus/error.h>

#include "machine/command.h"
#include "wire/client_frames.h"

namespace kvbus::wire {

[[nodiscard]] std::optional<Error> check_command(const machine::Command& command);
[[nodiscard]] std::optional<Error> check_range(const machine::RangeQuery& query);
[[nodiscard]] std::optional<Error> check_watch(const WatchRequest& watch);
[[nodiscard]] std::optional<Error> check_lease(LeaseId lease);  // one that must be named

[[nodiscard]] Error too_large(std::string_view field, std::size_t bytes, std::size_t bytes_max);
[[nodiscard]] Error too_deep();
[[nodiscard]] Error too_many_parts();
[[nodiscard]] Error unknown_target();

// The same error, of an element of a list.
[[nodiscard]] Error within(std::string_view list, std::size_t index, Error error);

}  // namespace kvbus::wire
