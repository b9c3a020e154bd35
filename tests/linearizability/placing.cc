#include "linearizability/placing.h"

#include <algorithm>

namespace kvbus::linearizability {

Placing::Links::Links(std::size_t count)
    : end(static_cast<Place>(count)), next(count + 1, end), previous(count + 1, end) {}

void Placing::Links::append(Place place) {
    const auto last = previous[end];
    next[last] = place;
    previous[place] = last;
    next[place] = end;
    previous[end] = place;
}

void Placing::Links::remove(Place place) {
    next[previous[place]] = next[place];
    previous[next[place]] = previous[place];
}

void Placing::Links::restore(Place place) {
    next[previous[place]] = place;
    previous[next[place]] = place;
}

Placing::Placing(const Register& actions)
    : register_(actions),
      by_call_(actions.actions.size()),
      by_return_(actions.actions.size()),
      values_(actions.values) {
    for (Place place = 0; place < actions.actions.size(); ++place) {
        auto& value = value_of(place);
        ++(action(place).write ? value.writes : value.reads);
        if (action(place).optional()) {
            if (value.optional.empty()) with_optional_.push_back(action(place).value);
            value.optional.push_back(place);
        } else {
            by_call_.append(place);
        }
    }
    for (const auto place : order_of_returns(actions))
        by_return_.append(static_cast<Place>(place));
}

Instant Placing::horizon() const {
    return by_return_.first() == by_return_.end ? never : action(by_return_.first()).returned;
}

bool Placing::readable() const {
    return std::ranges::none_of(values_,
                                [](const Value& value) { return value.reads > 0 && value.writes == 0; });
}

void Placing::place(Place place) {
    auto& value = value_of(place);
    --(action(place).write ? value.writes : value.reads);
    if (action(place).optional()) {
        ++value.optional_placed;
    } else {
        by_call_.remove(place);
        by_return_.remove(place);
        ++required_placed_;
    }
    order_.push_back(place);
}

void Placing::undo(std::size_t count) {
    work_ += order_.size() - count;
    while (order_.size() > count) {
        const auto place = order_.back();
        order_.pop_back();
        auto& value = value_of(place);
        ++(action(place).write ? value.writes : value.reads);
        if (action(place).optional()) {
            --value.optional_placed;
        } else {
            by_call_.restore(place);
            by_return_.restore(place);
            --required_placed_;
        }
    }
}

void Placing::place_reads(ValueNumber value) {
    // The horizon moves when the action that made it is placed, and more may come next.
    for (auto place = by_call_.first(); place != by_call_.end && action(place).call <= horizon();) {
        ++work_;
        const auto next = by_call_.next[place];
        const auto& read = action(place);
        if (!read.write && read.value == value) this->place(place);
        place = next;
    }
}

void Placing::place_unread_writes() {
    for (auto place = by_call_.first(); place != by_call_.end && action(place).call <= horizon();) {
        ++work_;
        const auto next = by_call_.next[place];
        if (action(place).write && value_of(place).reads == 0) this->place(place);
        place = next;
    }
}

std::vector<Place> Placing::candidates() {
    std::vector<Place> found;
    const auto of_value = [&](ValueNumber value) {
        return std::ranges::find_if(found, [&](Place place) { return action(place).value == value; });
    };
    const auto last = horizon();
    // Of two writes of one value that both may come next, the one that must return first: an order that has
    // the other one is as good with the two exchanged.
    for (auto place = by_call_.first(); place != by_call_.end && action(place).call <= last;
         place = by_call_.next[place]) {
        work_ += 1 + found.size();
        if (!action(place).write) continue;
        const auto other = of_value(action(place).value);
        if (other == found.end()) {
            found.push_back(place);
        } else if (action(place).returned < action(*other).returned) {
            *other = place;
        }
    }
    // An optional write is of use only for a read that comes directly after it.
    for (auto place = by_call_.first(); place != by_call_.end && action(place).call <= last;
         place = by_call_.next[place]) {
        work_ += 1 + found.size();
        if (action(place).write || of_value(action(place).value) != found.end()) continue;
        const auto& value = value_of(place);
        if (value.optional_placed == value.optional.size()) continue;
        const auto write = value.optional[value.optional_placed];
        if (action(write).call <= last) found.push_back(write);
    }
    return found;
}

Placing::Block Placing::place_block(Place write) {
    place(write);
    const auto number = action(write).value;
    place_reads(number);
    if (values_[number].reads == 0) return Block::complete;
    return values_[number].writes > 0 ? Block::partial : Block::impossible;
}

std::u32string Placing::remaining() {
    // Whatever may come next is listed; what else was called by then has been placed, and nothing called
    // later.
    std::u32string key;
    const auto last = horizon();
    for (auto place = by_call_.first(); place != by_call_.end && action(place).call <= last;
         place = by_call_.next[place])
        key += static_cast<char32_t>(place);
    for (const auto number : with_optional_) {
        const auto& value = values_[number];
        if (value.reads == 0 || value.optional_placed == 0) continue;
        key += static_cast<char32_t>(by_call_.end);
        key += static_cast<char32_t>(number);
        key += static_cast<char32_t>(value.optional_placed);
    }
    work_ += key.size() + with_optional_.size();
    return key;
}

}  // namespace kvbus::linearizability
