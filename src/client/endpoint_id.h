// Names an endpoint of a session: a node's client URL, numbered from 1 in the order in which the session came
// to know it.
#pragma once

#include <kvbus/types.h>

namespace kvbus::client {

using EndpointId = Strong<struct EndpointTag>;

}  // namespace kvbus::client
