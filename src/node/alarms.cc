#include "node/alarms.h"

#include <utility>

#include "base/log.h"
#include "base/sometimes.h"
#include "machine/machine.h"

namespace kvbus::node {
namespace {

constexpr std::uint64_t slack = 20;        // a twentieth: between raising and clearing
constexpr std::uint64_t last_reserve = 4;  // a quarter of the floor, for what does not grow

constexpr std::array<std::string_view, 3> names{"NOSPACE", "MEMORY", "CORRUPT"};

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

void Alarms::measure(Instant now, std::uint64_t disk_free, std::uint64_t memory) {
    disk_free_ = disk_free;
    memory_ = memory;
    if (disk_free < limits_.disk_free_min) {
        if (!is_raised(AlarmType::no_space)) raise(now, AlarmType::no_space, lack_of_space());
    } else if (disk_free >= limits_.disk_free_min + limits_.disk_free_min / slack) {
        clear(AlarmType::no_space);
    }
    if (limits_.memory_max > 0 && memory > limits_.memory_max) {
        if (!is_raised(AlarmType::memory)) raise(now, AlarmType::memory, lack_of_memory());
    } else if (memory <= limits_.memory_max - limits_.memory_max / slack) {
        clear(AlarmType::memory);
    }
}

void Alarms::raise(Instant now, AlarmType type, std::string message) {
    auto& raised = at(type);
    if (raised && raised->message == message) return;
    log_warn("alarm " + std::string(names[static_cast<std::size_t>(type)]) + ": " + message);
    raised = Raised{raised ? raised->since : now, std::move(message)};
}

void Alarms::clear(AlarmType type) {
    auto& raised = at(type);
    if (!raised) return;
    raised.reset();
    log_info("node " + name_ + ": alarm " + std::string(names[static_cast<std::size_t>(type)]) + " is over");
}

std::string Alarms::lack_of_space() const {
    return "node " + name_ + " has " + mebibytes(disk_free_) + " of disk left and keeps " +
           mebibytes(limits_.disk_free_min) +
           " free (--disk-free-min); make room on it: until then only removals and compactions are taken";
}

std::string Alarms::lack_of_memory() const {
    return "node " + name_ + " holds " + mebibytes(memory_) + " and may hold " +
           mebibytes(limits_.memory_max) +
           " (--memory-limit); remove keys and compact, or give it more: until then only removals and "
           "compactions are taken";
}

std::optional<Error> Alarms::refusal(const machine::Change& change) const {
    if (is_raised(AlarmType::no_space) &&
        (machine::may_grow(change) || disk_free_ < limits_.disk_free_min / last_reserve)) {
        sometimes(Sometimes::write_refused_for_lack_of_space);
        return Error{Code::no_space, lack_of_space()};
    }
    if (is_raised(AlarmType::memory) && machine::may_grow(change))
        return Error{Code::no_space, lack_of_memory()};
    return std::nullopt;
}

std::vector<Alarm> Alarms::list(Instant now) const {
    std::vector<Alarm> alarms;
    for (std::size_t i = 0; i < raised_.size(); ++i) {
        if (!raised_[i]) continue;
        const auto type = static_cast<AlarmType>(i);
        alarms.push_back({std::string(names[i]),
                          std::chrono::duration_cast<std::chrono::milliseconds>(now - raised_[i]->since),
                          type == AlarmType::no_space ? lack_of_space()
                          : type == AlarmType::memory ? lack_of_memory()
                                                      : raised_[i]->message});
    }
    return alarms;
}

}  // namespace kvbus::node
