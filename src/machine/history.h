// All changes since the last compaction, in the order in which they were made: what feeds watches, and what
// says which values nobody can read any more. Owned by Keys.
//
// Always true: the events of a key follow each other as its chain does, so that the value that an event's
// value replaced is held until that event is released; an event at or before compacted() is never shown; of
// an image that is being told, told_ changes at the front of changes_ have been told, and untold_ behind them
// have not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "machine/chain.h"

namespace kvbus::machine {

class History {
  public:
    // Makes `value` the newest of the key, which it takes over. Revisions never fall, and are above
    // compacted().
    void add(Key& key, Value* value);
    // The same of a value whose own change is no longer held; it is the first of the key.
    void add_released(Key& key, Value* value);

    // Forgets what was superseded or removed at or before this revision. Never moves back.
    void compact(Revision revision);
    // Gives back the memory of at most so many events that are compacted. `forget` gets every key of which
    // nothing is left but a tombstone; the key is its caller's.
    void release_some(std::size_t events_max, const std::function<void(Key*)>& forget);

    // From revision `first` on, which is above compacted(), until `visit` returns false.
    // Without the first `skipped` changes of that revision.
    void visit(Revision first, const std::function<bool(const Event&)>& visit, std::uint64_t skipped) const;

    // An image (machine/image.h) of the changes, and of the released values that they replaced. Those that no
    // change replaced are the caller's to tell: was_released() says whether a newest value is one.
    void begin_image(ImageSink& sink);
    void continue_image(std::size_t& parts);  // takes off what it told
    void end_image() { telling_.end(); }
    [[nodiscard]] bool in_image() const { return telling_.running(); }
    [[nodiscard]] bool was_released(const Value& value) const {  // when the last image began
        return value.released != 0 && value.released != telling_.mark();
    }

    [[nodiscard]] Revision compacted() const { return compacted_; }
    [[nodiscard]] std::optional<Revision> oldest() const;  // of the changes that are not compacted
    [[nodiscard]] Revision newest() const;                 // none: no change is held
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  private:
    struct Change {
        Revision revision;
        Key* key;
        Value* value;
    };
    using Changes = std::deque<Change>;
    [[nodiscard]] Changes::const_iterator first_from(Revision revision) const;
    void release_value(Value* value);
    void tell_next();
    void tell_before_release();

    Changes changes_;
    Revision compacted_;
    std::uint64_t bytes_ = 0;  // of changes_, superseded values, tombstones and dead keys
    Telling telling_;
    std::size_t told_ = 0;
    std::size_t untold_ = 0;
};

}  // namespace kvbus::machine
