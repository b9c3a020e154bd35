// The type that a request has on the wire. Pure.
#pragma once

#include "wire/client_frames.h"

namespace kvbus::wire {

[[nodiscard]] RequestType type_of(const Request& request);

}  // namespace kvbus::wire
