// One part of a machine (keys, leases, …) telling its share of an image: to whom, and what of it has been
// told.
//
// Items carry a mark. Always true: the mark of an item that a running image still waits for is older than
// mark(); one that was told, or came to be after the image began, has mark() itself.
#pragma once

#include <cstdint>

namespace kvbus::machine {

class ImageSink;  // machine/image.h

class Telling {
  public:
    using Mark = std::uint32_t;

    void begin(ImageSink& sink) {
        sink_ = &sink;
        ++mark_;
    }
    void end() { sink_ = nullptr; }

    [[nodiscard]] bool running() const { return sink_ != nullptr; }
    [[nodiscard]] ImageSink& sink() const { return *sink_; }  // while it runs
    [[nodiscard]] Mark mark() const { return mark_; }         // never 0
    [[nodiscard]] bool waits_for(Mark mark) const { return sink_ != nullptr && mark != mark_; }

  private:
    ImageSink* sink_ = nullptr;
    Mark mark_ = 1;
};

}  // namespace kvbus::machine
