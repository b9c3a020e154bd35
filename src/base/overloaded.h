// One visitor of several lambdas, for std::visit.
#pragma once

namespace kvbus {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

}  // namespace kvbus
