// What a call that is out of time tells its caller. Pure.
#pragma once

#include <kvbus/error.h>

#include "client/call_table.h"
#include "client/endpoints.h"

namespace kvbus::client {

// The deadline has passed without an answer that settles the call.
[[nodiscard]] Error failure_at_deadline(const Call& call, const Endpoints& endpoints);

// The one endpoint that the call asks cannot be reached.
[[nodiscard]] Error failure_to_reach(EndpointId endpoint, const Endpoints& endpoints);

// An answer that settles the call, when it is certain that no earlier try was applied; otherwise it is
// unknown.
[[nodiscard]] Error failure_from_answer(const Call& call, const Error& answer);

}  // namespace kvbus::client
