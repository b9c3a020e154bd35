// Answers as values that outlive the records they were made of.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "machine/command.h"

namespace kvbus::machine {

template <class Body>
[[nodiscard]] std::shared_ptr<const Answer> shared(Body body) {
    return std::make_shared<const Answer>(Answer{std::move(body)});
}

// The memory that an answer takes, near enough to bound it.
[[nodiscard]] std::uint64_t memory_of(const Answer& answer);

}  // namespace kvbus::machine
