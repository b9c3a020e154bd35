// For what a node refuses work until it is gone: its disk or its memory is at its limit (NOSPACE, MEMORY), or
// its state is not the others' (CORRUPT). Raised and cleared by what is measured; logged, and told to whoever
// asks. Owned by the loop thread.
//
// At a limit only what cannot grow is taken: removals, compactions, and what is about leases that are there.
// Each of these takes room in the log, so at a quarter of the floor of free disk space they are refused too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/time.h"
#include "machine/command.h"

namespace kvbus::node {

enum class AlarmType : std::uint8_t { no_space, memory, corrupt };

class Alarms {
  public:
    struct Limits {
        std::uint64_t disk_free_min = 0;
        std::uint64_t memory_max = 0;  // 0: none
    };
    Alarms(std::string name, const Limits& limits) : name_(std::move(name)), limits_(limits) {}

    // An alarm goes when there is a twentieth more room than raises it, so that it does not flap.
    void measure(Instant now, std::uint64_t disk_free, std::uint64_t memory);
    void raise(Instant now, AlarmType type, std::string message);
    void clear(AlarmType type);

    // Why a change must not be proposed, if so.
    [[nodiscard]] std::optional<Error> refusal(const machine::Change& change) const;

    [[nodiscard]] bool is_raised(AlarmType type) const { return at(type).has_value(); }
    [[nodiscard]] const std::string& message(AlarmType type) const { return at(type)->message; }
    [[nodiscard]] std::vector<Alarm> list(Instant now) const;

  private:
    struct Raised {
        Instant since;
        std::string message;
    };
    [[nodiscard]] const std::optional<Raised>& at(AlarmType type) const {
        return raised_[static_cast<std::size_t>(type)];
    }
    [[nodiscard]] std::optional<Raised>& at(AlarmType type) {
        return raised_[static_cast<std::size_t>(type)];
    }
    [[nodiscard]] std::string lack_of_space() const;
    [[nodiscard]] std::string lack_of_memory() const;

    std::string name_;
    Limits limits_;
    std::uint64_t disk_free_ = 0;  // when last measured, as the next
    std::uint64_t memory_ = 0;
    std::array<std::optional<Raised>, 3> raised_;
};

}  // namespace kvbus::node
