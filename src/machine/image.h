// A machine as a stream of parts, from which an equal machine can be built: same answers to everything from
// then on, same hash, same moments of expiry and of compaction. The parts are those of one moment, however
// many commands are applied while they are told.
//
// A part is told once. Bases, leases, deadlines and sessions come in no particular order; changes come in the
// order of the history, and count only after all bases: whoever stores them keeps the two apart.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <kvbus/error.h>

#include "machine/machine.h"

namespace kvbus::machine {

// What there is one of.
struct ImageHeader {
    Revision revision;
    Revision compacted;
    ClusterTime time{};
    HistoryLimits history;
    std::vector<std::pair<ClusterTime, Revision>> marks;  // of HistoryBounds, in order
    std::uint64_t key_count = 0;                          // live ones; this and the hash to check the rest by
    std::uint64_t state_hash = 0;
    friend bool operator==(const ImageHeader&, const ImageHeader&) = default;
};

struct ImageSession {
    ClientId client;
    ClusterTime last_use{};
    Sequence first;
};

class ImageSink {
  public:
    virtual ~ImageSink() = default;
    // A record is of the past, or removed (version 0), like any other; views are valid for the call.
    virtual void base(const Record& record) = 0;  // what a key was before its first change that is still held
    virtual void change(const Record& record) = 0;  // a change that is still held
    virtual void lease(LeaseId lease, std::chrono::milliseconds ttl, ClusterTime deadline) = 0;
    virtual void deadline(std::string_view key, ClusterTime deadline) = 0;
    virtual void session(const ImageSession& session) = 0;
    // Of the session told last, in the order of their sequences.
    virtual void outcome(Sequence sequence, const Outcome& outcome) = 0;
};

// Builds a machine from the parts that another told, which may come from outside: what contradicts itself is
// refused as damaged, here or in finish(). After an error the builder is of no more use.
class ImageBuilder {
  public:
    ImageBuilder(const Limits& limits, const ImageHeader& header);
    ImageBuilder(ImageBuilder&&) noexcept;
    ImageBuilder& operator=(ImageBuilder&&) noexcept;
    ~ImageBuilder();

    // A hint that records of these keys come next; worth it for more than a few.
    void prefetch(std::span<const std::string_view> keys) const;
    [[nodiscard]] Result<void> base(const Record& record);
    [[nodiscard]] Result<void> change(const Record& record);  // after all bases
    [[nodiscard]] Result<void> lease(LeaseId lease, std::chrono::milliseconds ttl, ClusterTime deadline);
    [[nodiscard]] Result<void> deadline(std::string_view key, ClusterTime deadline);
    [[nodiscard]] Result<void> session(const ImageSession& session);
    [[nodiscard]] Result<void> outcome(Sequence sequence, const Outcome& outcome);

    // Errors: damaged, when count or hash are not those of the header, or a key names a lease that is not
    // there.
    [[nodiscard]] Result<Machine> finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus::machine
