#include "machine/history_bounds.h"

#include <algorithm>

namespace kvbus::machine {
namespace {

// While there is more history than its limit, a command takes away more of it than most commands add, and is
// soon done.
constexpr int steps_per_command = 8;
constexpr std::size_t events_per_step = 8;

}  // namespace

void HistoryBounds::enforce(Keys& keys, Revision now) const {
    if (limits_.revisions_max > 0 && now.value > limits_.revisions_max) {
        const Revision oldest{now.value - limits_.revisions_max};
        if (oldest > keys.compacted()) keys.compact(oldest);
    }
    for (int step = 0; step < steps_per_command; ++step) {
        const std::uint64_t before = keys.history_bytes();
        if (before <= limits_.bytes_max) return;
        keys.release_some(events_per_step);
        if (keys.history_bytes() < before) continue;  // what was compacted before goes first
        const auto oldest = keys.oldest_event();
        if (!oldest || *oldest <= keys.compacted()) return;
        keys.compact(*oldest);
    }
}

void HistoryBounds::age(Keys& keys, Revision revision, ClusterTime before, ClusterTime now) {
    if (limits_.age_max <= Duration::zero()) return marks_.clear();
    mark(revision, before);
    while (!marks_.empty() &&
           (now - marks_.front().time >= limits_.age_max || marks_.front().revision <= keys.compacted())) {
        if (marks_.front().revision > keys.compacted()) keys.compact(marks_.front().revision);
        marks_.pop_front();
    }
}

void HistoryBounds::mark(Revision revision, ClusterTime time) {
    if (!marks_.empty() &&
        (revision == marks_.back().revision || time - marks_.back().time < limits_.age_max / 1000))
        return;
    marks_.push_back({time, revision});
}

HistoryBounds::Marks HistoryBounds::marks() const {
    Marks marks;
    marks.reserve(marks_.size());
    for (const Mark& mark : marks_)
        marks.emplace_back(mark.time, mark.revision);
    return marks;
}

void HistoryBounds::restore(const Marks& marks) {
    marks_.clear();
    for (const auto& [time, revision] : marks)
        marks_.push_back({time, revision});
}

}  // namespace kvbus::machine
