// The envelope around a client's request, as a ROUTER sees it, part by part:
//
//     [id] [body]                  a bare DEALER
//     [id] [""] [body]             a REQ
//     [id] [request] [""] [body]   a REQ that numbers its requests (ZMQ_REQ_RELAXED and _CORRELATE), and so
//     on for
//                                  up to limits::envelope_frames_max parts before the body
//
// All that stands before the body is the address of the answer, to be sent back as it came. No I/O; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvbus::bus {

class EnvelopeReader {
  public:
    enum class Verdict : std::uint8_t {
        incomplete,
        body,  // this part is the body, and the message is complete
        bad,   // the message is complete and makes no sense
    };

    // Takes the next part. A message of endless length is skipped over without growing.
    [[nodiscard]] Verdict add(std::string_view part, bool more);

    // After Verdict::body, until the next add().
    [[nodiscard]] std::string_view address() const { return address_; }
    [[nodiscard]] bool has_delimiter() const { return state_ == State::delimited; }

  private:
    enum class State : std::uint8_t { start, envelope, delimited, skipping };

    [[nodiscard]] State after(std::string_view part);

    State state_ = State::start;
    bool complete_ = true;
    std::size_t parts_ = 0;
    std::string address_;
};

// Takes the next part off the front of an address; each is at most 255 bytes long.
[[nodiscard]] std::string_view take_part(std::string_view& address);

}  // namespace kvbus::bus
