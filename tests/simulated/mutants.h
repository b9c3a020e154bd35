// What each mutant of base/mutant.h does wrong, and which one is at work.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/mutant.h"

namespace kvbus::simulated {

enum class MutantStatus : std::uint8_t {
    applies,
    pending,  // of a feature to come: there is no line to change yet
};

struct MutantInfo {
    Mutant mutant;
    std::string_view name;      // on the command line
    std::string_view sentence;  // what it does wrong
    MutantStatus status = MutantStatus::applies;
};

[[nodiscard]] std::span<const MutantInfo> mutants();  // in the order of the enumeration, without `none`
[[nodiscard]] std::optional<Mutant> mutant_named(std::string_view name);

// In this process, from now on. Mutant::none ends it.
void set_mutant(Mutant mutant);

}  // namespace kvbus::simulated
