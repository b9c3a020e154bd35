#include "client/sequence_window.h"

#include "base/check.h"

namespace kvbus::client {

Sequence SequenceWindow::open() {
    KV_CHECK(!full());
    closed_[next_ % closed_.size()] = false;
    return Sequence{next_++};
}

void SequenceWindow::close(Sequence sequence) {
    KV_CHECK(sequence.value >= first_ && sequence.value < next_);
    KV_CHECK(!closed_[sequence.value % closed_.size()]);
    closed_[sequence.value % closed_.size()] = true;
    while (first_ < next_ && closed_[first_ % closed_.size()])
        ++first_;
}

}  // namespace kvbus::client
