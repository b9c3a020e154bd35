// What the clients of a simulation asked for and were told, and what must be true of it in the end: every
// acknowledged write is in the committed log and came to what was told, revision and number of keys removed;
// no refused one is there; none is there twice; every read saw the whole of what there was at the revision
// that its answer names; and nothing, but for serializable reads, is behind what anybody was told before it
// began. Findings are thrown as Violations. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

#include "base/time.h"
#include "linearizability/operation.h"
#include "linearizability/search.h"
#include "machine/machine.h"
#include "sim/model.h"
#include "wire/client_frames.h"

namespace kvbus::sim {

using linearizability::Op;

struct Call {
    Op op = Op::get;
    std::string key;
    std::string range_end;  // empty: the key alone
    std::string value;      // of a put; never the same twice
    bool serializable = false;
    std::uint64_t limit = 0;  // of the keys that a read wants; 0: all
    bool keys_only = false;
    bool count_only = false;
};

class Ledger {
  public:
    explicit Ledger(std::uint64_t keys);

    using Id = std::size_t;
    [[nodiscard]] Id begin(Instant now, std::uint64_t client, Call call);
    [[nodiscard]] const Call& call(Id id) const { return records_[id].call; }
    // The write went out under a number: by it the committed log tells it from others of the same text.
    void numbered(Id id, const machine::Command& command);
    void end(Id id, Instant now, const wire::Reply& reply);
    void lost(Id id, Instant now);  // no answer came, and none will

    void check(const Model& model) const;
    // And that there is an order of all operations in which each took effect between its call and its answer.
    void check_linearizability(const linearizability::Limits& limits = {}) const;

    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::uint64_t operations() const { return records_.size(); }
    // One operation for each key that a call is about.
    [[nodiscard]] std::vector<linearizability::Operation> history() const;

  private:
    struct Record {
        std::uint64_t client = 0;
        Call call;
        Instant begin;
        Instant end = never;
        linearizability::Outcome outcome = linearizability::Outcome::unknown;
        ClientId session;   // none: a write without one, or one that was never sent
        Sequence sequence;  // in that session
        Header header;      // of the answer
        machine::Outcome written;
        machine::RangeAnswer read;
    };
    void check_put(const Model& model, const Model::Puts& puts, const Record& record) const;
    void check_acknowledged(const Model& model, const Record& record) const;
    void check_numbered(const Model& model, const Record& record) const;
    void check_unnumbered_removes(const Model& model) const;
    void check_read(const Model& model, const Record& record) const;
    void check_order_in_time() const;
    [[nodiscard]] std::vector<std::string> keys_of(const Call& call) const;

    std::vector<std::string> keys_;
    std::vector<Record> records_;
    std::uint64_t acknowledged_ = 0;
};

// The name of the n-th key, in byte order.
[[nodiscard]] std::string key_name(std::uint64_t number);

}  // namespace kvbus::sim
