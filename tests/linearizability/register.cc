#include "linearizability/register.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kvbus::linearizability {
namespace {

// Leaves out the optional writes that no read can have seen.
Register without_unread(std::vector<Action> actions, std::size_t values) {
    std::vector<bool> seen(values);
    for (const auto& action : actions) {
        if (!action.write) seen[action.value] = true;
    }
    std::erase_if(actions, [&](const Action& action) { return action.optional() && !seen[action.value]; });
    const auto required =
        std::ranges::count_if(actions, [](const Action& action) { return !action.optional(); });
    return {std::move(actions), values, static_cast<std::size_t>(required)};
}

}  // namespace

Register make_register(std::span<const Operation* const> operations) {
    std::unordered_map<std::string_view, ValueNumber> numbers;
    std::vector<Action> actions;
    for (std::size_t place = 0; place < operations.size(); ++place) {
        const auto& operation = *operations[place];
        const bool write = is_write(operation);
        if (operation.outcome == Outcome::fail || (!write && operation.outcome == Outcome::unknown)) continue;
        auto value = no_value;
        if (operation.op != Op::remove && operation.value) {
            const auto next = static_cast<ValueNumber>(numbers.size() + 1);
            value = numbers.emplace(*operation.value, next).first->second;
        }
        const auto returned = operation.outcome == Outcome::unknown ? never : operation.returned;
        actions.push_back({operation.call, returned, value, write, place});
    }
    std::ranges::stable_sort(actions, {}, &Action::call);
    return without_unread(std::move(actions), numbers.size() + 1);
}

std::vector<std::size_t> order_of_returns(const Register& all) {
    std::vector<std::size_t> returns(all.actions.size());
    std::iota(returns.begin(), returns.end(), std::size_t{0});
    std::erase_if(returns, [&](std::size_t place) { return all.actions[place].optional(); });
    std::ranges::stable_sort(returns, {}, [&](std::size_t place) { return all.actions[place].returned; });
    return returns;
}

Register prefix(const Register& all, std::span<const std::size_t> returns, std::size_t count) {
    if (count == 0) return {.actions = {}, .values = all.values, .required = 0};
    const auto now = all.actions[returns[count - 1]].returned;
    std::vector<bool> has_returned(all.actions.size());
    for (const auto place : returns.first(count))
        has_returned[place] = true;
    std::vector<Action> actions;
    for (std::size_t place = 0; place < all.actions.size(); ++place) {
        auto action = all.actions[place];
        if (!has_returned[place]) {
            if (!action.write || action.call > now) continue;
            action.returned = never;
        }
        actions.push_back(action);
    }
    return without_unread(std::move(actions), all.values);
}

}  // namespace kvbus::linearizability
