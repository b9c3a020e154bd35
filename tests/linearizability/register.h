// The operations on one key in the form that the search wants: values are small numbers, and what can't
// matter is left out. Plain values: any thread.
//
// A linearizable history stays so without an unknown write whose value no read saw: where an order has it,
// nothing reads between it and the next write, so that the order without it is as good. What remains of the
// unknown writes is at most as much as reads account for. Deletes are writes of `no_value`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "linearizability/operation.h"

namespace kvbus::linearizability {

using ValueNumber = std::uint32_t;
constexpr ValueNumber no_value = 0;  // the key is not there

struct Action {
    Instant call{};
    Instant returned{};  // `never`: it need not take effect, but may do so at any time after the call
    ValueNumber value = no_value;
    bool write = false;
    std::size_t operation = 0;  // its place in what the actions were made from

    [[nodiscard]] bool optional() const { return returned == never; }
};

struct Register {
    std::vector<Action> actions;  // by call
    std::size_t values = 1;       // value numbers are below it
    std::size_t required = 0;     // actions that are not optional
};

// `operations` are all on one key.
[[nodiscard]] Register make_register(std::span<const Operation* const> operations);

// The places in `actions` of those that must take effect, in the order in which they returned.
[[nodiscard]] std::vector<std::size_t> order_of_returns(const Register& all);
// What was known at the moment when the first `count` of them had returned: all others that had been called
// by then were under way.
[[nodiscard]] Register prefix(const Register& all, std::span<const std::size_t> returns, std::size_t count);

}  // namespace kvbus::linearizability
