#include "system/harness/outcome.h"

namespace kvbus::harness {

Outcome outcome_of_write(Code code) {
    if (code == Code::ok) return Outcome::ok;
    return code == Code::outcome_unknown || code == Code::closed ? Outcome::unknown : Outcome::fail;
}

Outcome outcome_of_read(Code code) {
    return code == Code::ok ? Outcome::ok : Outcome::fail;
}

}  // namespace kvbus::harness
