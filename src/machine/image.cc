#include "machine/image.h"

#include "base/check.h"
#include "machine/machine_state.h"

namespace kvbus::machine {

ImageHeader Machine::begin_image(ImageSink& sink) {
    KV_CHECK(continue_image(0), "one image at a time");
    Contents& contents = state_->contents;
    contents.keys.begin_image(sink);
    contents.leases.begin_image(sink);
    contents.deadlines.begin_image(sink);
    state_->sessions.begin_image(sink);
    const HistoryBounds& bounds = state_->history_bounds;
    return {revision(), compacted(), time(), bounds.limits(), bounds.marks(), key_count(), state_hash()};
}

bool Machine::continue_image(std::size_t parts) {
    Contents& contents = state_->contents;
    contents.keys.continue_image(parts);
    contents.leases.continue_image(parts);
    contents.deadlines.continue_image(parts);
    state_->sessions.continue_image(parts);
    return !contents.keys.in_image() && !contents.leases.in_image() && !contents.deadlines.in_image() &&
           !state_->sessions.in_image();
}

void Machine::abandon_image() {
    state_->contents.keys.end_image();
    state_->contents.leases.end_image();
    state_->contents.deadlines.end_image();
    state_->sessions.end_image();
}

}  // namespace kvbus::machine
