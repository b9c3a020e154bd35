// A partial order of effects on one register while it is being found: which actions have been placed, in
// which order, and which may come next. One thread.
//
// Always true: an action is placed only when no unplaced one returned before its call, so that `order`
// respects real time; every placed read directly follows, but for other reads, a write of its value. So
// between two blocks (a write and the reads after it) the value of the register does not matter: the next is
// a write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "linearizability/register.h"

namespace kvbus::linearizability {

using Place = std::uint32_t;  // of an action in Register::actions

class Placing {
  public:
    explicit Placing(const Register& actions);  // which outlives it

    [[nodiscard]] bool complete() const { return required_placed_ == register_.required; }
    [[nodiscard]] std::size_t required_placed() const { return required_placed_; }
    [[nodiscard]] const std::vector<Place>& order() const { return order_; }
    // Of everything so far, in actions looked at.
    [[nodiscard]] std::uint64_t work() const { return work_; }

    // Whether each value that is still to be read can still be written.
    [[nodiscard]] bool readable() const;

    // The reads that find no key before the first write.
    void place_first_reads() { place_reads(no_value); }
    // All writes that may come next and whose values nobody will read.
    void place_unread_writes();
    // For each value the write that is to be preferred of those that may come next and can be of use.
    [[nodiscard]] std::vector<Place> candidates();

    enum class Block : std::uint8_t {
        complete,   // nobody will read the value again
        partial,    // somebody will, and it can be written again
        impossible  // it can't
    };
    // The write and all reads of its value that may follow it.
    Block place_block(Place write);

    // Takes back all but the first `count` of `order`.
    void undo(std::size_t count);

    // The same for two placings if and only if the same actions remain to be placed.
    [[nodiscard]] std::u32string remaining();

  private:
    // The required actions that are not placed, in one order; `end` stands before the first and after the
    // last.
    struct Links {
        explicit Links(std::size_t count);
        void append(Place place);
        void remove(Place place);
        void restore(Place place);  // the one that was removed last
        [[nodiscard]] Place first() const { return next[end]; }
        Place end;
        std::vector<Place> next, previous;
    };
    // By value. Of optional writes of one value, those called first are placed first: they never get late.
    struct Value {
        std::uint32_t reads = 0;          // not placed
        std::uint32_t writes = 0;         // not placed
        std::vector<Place> optional;      // writes, by call
        std::size_t optional_placed = 0;  // the first so many
    };

    [[nodiscard]] const Action& action(Place place) const { return register_.actions[place]; }
    [[nodiscard]] Value& value_of(Place place) { return values_[action(place).value]; }
    [[nodiscard]] Instant horizon() const;  // the first return: what is called later can't come next
    void place(Place place);
    void place_reads(ValueNumber value);

    const Register& register_;
    Links by_call_;
    Links by_return_;
    std::vector<Value> values_;
    std::vector<ValueNumber> with_optional_;  // values that optional writes have
    std::vector<Place> order_;
    std::size_t required_placed_ = 0;
    std::uint64_t work_ = 0;
};

}  // namespace kvbus::linearizability
