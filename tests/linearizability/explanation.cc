#include "linearizability/explanation.h"

#include <algorithm>
#include <vector>

namespace kvbus::linearizability {
namespace {

constexpr std::size_t lines_max = 6;  // of each kind

// The returns up to the first after which no order is left, and the last order before it.
struct Turn {
    std::size_t returned = 0;
    Register before;
    SearchResult order;
};

Turn find_turn(const Register& actions, std::span<const std::size_t> returns, const Limits& limits) {
    std::size_t possible = 0;
    std::size_t impossible = returns.size();
    Turn turn{.returned = impossible, .before = {}, .order = {}};
    // A search that is too hard counts as possible: then the order is missing, but what is said stays true.
    while (possible + 1 < impossible) {
        const auto middle = possible + (impossible - possible) / 2;
        auto before = prefix(actions, returns, middle);
        auto result = search(before, limits);
        if (result.verdict == Verdict::not_linearizable) {
            impossible = middle;
            continue;
        }
        possible = middle;
        turn.before = std::move(before);
        turn.order = std::move(result);
    }
    turn.returned = impossible;
    return turn;
}

std::string line(const Operation& operation) {
    return "    " + describe(operation) + "\n";
}

// What was written to make such a read possible, and what came of it.
std::string writers_of(const Operation& read, std::span<const Operation* const> operations) {
    std::string text;
    std::size_t writers = 0;
    for (const auto* operation : operations) {
        if (!is_write(*operation) || operation->value != read.value) continue;
        if (++writers <= lines_max) text += line(*operation);
    }
    if (writers > lines_max) text += "    and " + std::to_string(writers - lines_max) + " more\n";
    if (!read.value) return writers == 0 ? "  nobody deleted the key\n" : "  it was deleted by\n" + text;
    return writers == 0 ? "  nobody wrote that value\n" : "  that value was written by\n" + text;
}

std::string end_of(const Turn& turn, std::span<const Operation* const> operations) {
    const auto& order = turn.order.order;
    const auto operation = [&](Place place) -> const Operation& {
        return *operations[turn.before.actions[place].operation];
    };
    if (order.empty()) return "  no operation that succeeded had returned before it\n";
    const auto shown = std::min(order.size(), lines_max);
    std::string text = "  what had returned before it (" + std::to_string(turn.order.placed) +
                       " operations) can be put in order" + (shown < order.size() ? ", which ends\n" : "\n");
    for (const auto place : std::span(order).last(shown))
        text += line(operation(place));
    const auto last = std::ranges::find_if(order.rbegin(), order.rend(),
                                           [&](Place place) { return is_write(operation(place)); });
    const auto left = last == order.rend() ? std::nullopt : operation(*last).value;
    return text + "  and leaves " + describe(left) + "\n";
}

// The writes that had been called but not returned, as far as they are not in the order.
std::string under_way(const Operation& read, const Turn& turn, std::span<const Operation* const> operations) {
    std::vector<bool> ordered(operations.size());
    for (const auto place : turn.order.order)
        ordered[turn.before.actions[place].operation] = true;
    std::string text;
    std::size_t count = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const auto& write = *operations[i];
        if (!is_write(write) || write.outcome == Outcome::fail || ordered[i]) continue;
        const bool returned = write.outcome == Outcome::ok && write.returned < read.returned;
        if (write.call > read.returned || returned) continue;
        if (++count <= lines_max) text += line(write);
    }
    if (count == 0) return "";
    if (count > lines_max) text += "    and " + std::to_string(count - lines_max) + " more\n";
    return "  writes under way that can't explain it\n" + text;
}

}  // namespace

std::string explain(std::span<const Operation* const> operations, const Register& actions,
                    const Limits& limits) {
    // All searches together take about as long as one may.
    constexpr std::uint64_t share = 16;
    const auto returns = order_of_returns(actions);
    const auto turn =
        find_turn(actions, returns, {limits.work_max / share, limits.configurations_max / share});
    const auto& read = *operations[actions.actions[returns[turn.returned - 1]].operation];
    std::string text = "key " + in_quotes(read.key) + ": no order of effects has room for\n" + line(read);
    text += writers_of(read, operations);
    if (turn.order.verdict == Verdict::too_hard)
        return text + "  whether what returned before it can be put in order is too hard to tell\n";
    return text + end_of(turn, operations) + under_way(read, turn, operations);
}

std::string explain_effort(std::string_view key, const Register& actions, const SearchResult& result) {
    return "key " + in_quotes(key) + ": too hard; " + std::to_string(result.placed) + " of " +
           std::to_string(actions.required) + " operations could be put in order at best, after " +
           std::to_string(result.configurations) + " configurations and " + std::to_string(result.work) +
           " steps\n";
}

}  // namespace kvbus::linearizability
