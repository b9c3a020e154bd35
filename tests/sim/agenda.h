// What is to happen in a simulation, in the order of virtual time; what is due at the same instant happens in
// the order in which it was put down. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kvbus::sim {

class Agenda {
  public:
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }

    void at(Instant due, std::function<void()> action) {
        entries_.push_back({std::max(due, now_), ++sequence_, std::move(action)});
        std::ranges::push_heap(entries_, later);
    }
    void after(Duration delay, std::function<void()> action) { at(now_ + delay, std::move(action)); }

    // Carries out the next thing that is due by `end`; false, and the clock stands at `end`, when nothing is.
    bool run_next(Instant end) {
        if (entries_.empty() || entries_.front().due > end) {
            now_ = std::max(now_, end);
            return false;
        }
        std::ranges::pop_heap(entries_, later);
        const Entry entry = std::move(entries_.back());
        entries_.pop_back();
        now_ = entry.due;
        ++events_;
        entry.action();
        return true;
    }

  private:
    struct Entry {
        Instant due;
        std::uint64_t sequence;
        std::function<void()> action;
    };
    static bool later(const Entry& a, const Entry& b) {
        return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
    }

    Instant now_{};
    std::uint64_t sequence_ = 0;
    std::uint64_t events_ = 0;
    std::vector<Entry> entries_;  // a heap
};

}  // namespace kvbus::sim
