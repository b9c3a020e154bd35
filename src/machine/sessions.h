// What makes retries harmless (after RIFL, SOSP 2015): each client numbers its writes, the machine keeps the
// outcome of each until the client says that it has seen it, and answers a retry from there. Owned by the
// machine.
//
// Always true: a session holds outcomes of sequences in [first(), first() + unanswered_max) only, and first()
// is the highest first_unanswered that its client ever sent; sessions stand in the order of their last use;
// those that an image still waits for stand next to each other, from next_to_tell_ on; hash() is that of the
// outcomes from each session's first() on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include <tsl/robin_map.h>

#include "machine/command.h"
#include "machine/machine.h"
#include "machine/telling.h"

namespace kvbus::machine {

// The outcomes of one client's writes. Sequences may arrive in any order; a gap is a write not yet applied.
class Session {
  public:
    // `hash` is that of all sessions, and outlives it.
    Session(ClientId client, ClusterTime now, Telling::Mark mark, std::uint64_t& hash)
        : client_(client), last_use_(now), mark_(mark), hash_(hash) {}

    [[nodiscard]] ClientId client() const { return client_; }
    [[nodiscard]] ClusterTime last_use() const { return last_use_; }
    [[nodiscard]] Sequence first() const { return first_; }

    void touch(ClusterTime now) { last_use_ = now; }
    void forget_below(Sequence first);  // never moves back
    void forget_all();

    // For sequences from first() on.
    [[nodiscard]] std::optional<Outcome> find(Sequence sequence) const;
    // Of a command that was evaluated, whatever came of it: not of one that was refused before that.
    void keep(Sequence sequence, const Outcome& outcome);

    [[nodiscard]] std::uint64_t answer_bytes() const { return answer_bytes_; }  // of the outcomes kept

    // With its outcomes. Returns the number of parts that were told.
    std::size_t tell(const Telling& telling);
    [[nodiscard]] Telling::Mark mark() const { return mark_; }

  private:
    struct Kept {
        Sequence sequence;
        Outcome outcome;
    };
    [[nodiscard]] std::vector<Kept>::const_iterator place_of(Sequence sequence) const;

    ClientId client_;
    ClusterTime last_use_;
    Sequence first_{1};
    std::vector<Kept> kept_;     // in the order of their sequences
    std::size_t forgotten_ = 0;  // this many at the front of kept_ are below first(), without answers
    std::uint64_t answer_bytes_ = 0;
    Telling::Mark mark_;  // of images
    std::uint64_t& hash_;
};

class Sessions {
  public:
    explicit Sessions(const Limits& limits) : limits_(limits) {}
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    // The session of a client, now the one used last; none when there are too many to add it.
    [[nodiscard]] Session* use(ClientId client, ClusterTime now);
    void forget_idle(ClusterTime now);

    // For sessions that are built from an image, in any order; nullptr when the client has one. Once all are
    // there, sort() puts them into their order.
    [[nodiscard]] Session* restore(ClientId client, ClusterTime last_use, Sequence first);
    void sort();

    // An image (machine/image.h) of sessions with their outcomes.
    void begin_image(ImageSink& sink);
    void continue_image(
        std::size_t& parts);  // takes off what it told, which is more if the last one is larger
    void end_image() { telling_.end(); }
    [[nodiscard]] bool in_image() const { return telling_.running(); }

    [[nodiscard]] std::uint64_t count() const { return by_use_.size(); }
    // Of the outcomes that a retry can still get, without what they answered: their sum.
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

  private:
    using ByUse = std::list<Session>;  // the longest unused first

    Session& add(ClientId client, ClusterTime now);
    std::size_t tell_once(ByUse::iterator session);

    Limits limits_;
    std::uint64_t hash_ = 0;
    ByUse by_use_;
    tsl::robin_map<std::uint64_t, ByUse::iterator> by_client_;

    Telling telling_;
    ByUse::iterator next_to_tell_;  // while it is telling
    std::uint64_t untold_ = 0;
};

}  // namespace kvbus::machine
