// Whether a message can be what it claims to be, by itself. What comes from outside may be anything.
#pragma once

#include "raft/message.h"

namespace kvbus::raft {

[[nodiscard]] bool is_well_formed(const Message& message);

}  // namespace kvbus::raft
