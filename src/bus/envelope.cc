#include "bus/envelope.h"

#include "base/check.h"
#include "wire/limits.h"

namespace kvbus::bus {
namespace {

// An address is its parts, each behind one byte of length. Routing ids have no more than that, and nothing
// else needs it.
constexpr std::size_t part_bytes_max = 255;

}  // namespace

EnvelopeReader::Verdict EnvelopeReader::add(std::string_view part, bool more) {
    if (complete_) {
        state_ = State::start;
        parts_ = 0;
        address_.clear();
    }
    complete_ = !more;
    if (more) {
        state_ = after(part);
        return Verdict::incomplete;
    }
    const bool body_expected = state_ == State::delimited || (state_ == State::envelope && parts_ == 1);
    return body_expected && !part.empty() ? Verdict::body : Verdict::bad;
}

EnvelopeReader::State EnvelopeReader::after(std::string_view part) {
    if (state_ == State::skipping || state_ == State::delimited) return State::skipping;
    if (parts_ == wire::limits::envelope_frames_max || part.size() > part_bytes_max) return State::skipping;
    ++parts_;
    address_.push_back(static_cast<char>(part.size()));
    address_.append(part);
    return part.empty() && parts_ > 1 ? State::delimited : State::envelope;
}

std::string_view take_part(std::string_view& address) {
    KV_CHECK(!address.empty());
    const std::size_t size = static_cast<unsigned char>(address.front());
    KV_CHECK(size < address.size());
    const auto part = address.substr(1, size);
    address.remove_prefix(1 + size);
    return part;
}

}  // namespace kvbus::bus
