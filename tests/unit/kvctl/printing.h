// What the tests of printers have in common.
#pragma once

#include <memory>

#include "kvctl/printer.h"

namespace kvbus::kvctl {

inline const Header header{ClusterId{10}, NodeId{0xab}, 3, Revision{7}, NodeId{0xab}};

inline std::unique_ptr<Printer> printer(Format format) {
    return make_printer({.format = format});
}

}  // namespace kvbus::kvctl
