// A ledger and a small log for it to be held against, for the tests of its checks; and the answers of nodes,
// in short.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "scenario/violation.h"
#include "sim/entries.h"
#include "sim/ledger.h"
#include "sim/workload.h"

namespace kvbus::sim {

using namespace std::chrono_literals;
using scenario::Violation;
using testing::entry_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::put;
using testing::remove;
using ::testing::ThrowsMessage;

// Of a node that is at that revision.
inline wire::ReplyHead head_at(std::uint64_t revision) {
    wire::ReplyHead head;
    head.header.revision = Revision{revision};
    return head;
}

inline wire::Reply written(std::uint64_t revision, std::uint64_t deleted = 0) {
    return {.head = head_at(revision), .body = machine::Outcome{Code::ok, Revision{revision}, deleted}};
}

inline wire::Reply written(std::uint64_t revision, machine::Answer answer) {
    return {.head = head_at(revision),
            .body = machine::Outcome{Code::ok, Revision{revision}, 0,
                                     std::make_shared<machine::Answer>(std::move(answer))}};
}

inline wire::Reply found(std::uint64_t revision, std::vector<KeyValue> kvs) {
    const std::uint64_t count = kvs.size();
    return {.head = head_at(revision), .body = machine::RangeAnswer{std::move(kvs), count}};
}

inline wire::Reply refused(Code code) {
    return {.head = {}, .body = Error{code, "no"}};
}

inline wire::RangeRequest range(std::string_view key, std::string_view range_end = {},
                                bool serializable = false) {
    return {.query = {.key = key, .range_end = range_end}, .serializable = serializable};
}

// The ledger of a cluster that committed: k0001 = one at revision 2, k0001 = two at 3, k0002 = three at 4.
constexpr std::string_view on{"\0", 1};  // as the end of a range

class LedgerTest : public ::testing::Test {
  protected:
    LedgerTest() {
        committed_.apply(
            entry_of(Index{1}, {put("k0001", "one"), put("k0001", "two"), put("k0002", "three")}));
    }
    Ledger::Id begin_put(std::string_view key, std::string_view value) {
        return ledger_.begin(now(), 1, put(key, value));
    }
    void put_ends(std::string_view key, std::string_view value, const wire::Reply& reply) {
        const Ledger::Id id = begin_put(key, value);
        ledger_.end(id, now(), reply);
    }
    void read_ends(const client::Operation& read, const wire::Reply& reply) {
        const Ledger::Id id = ledger_.begin(now(), 1, read);
        ledger_.end(id, now(), reply);
    }
    void read_ends(std::string_view key, std::string_view range_end, const wire::Reply& reply,
                   bool serializable = false) {
        read_ends(range(key, range_end, serializable), reply);
    }
    // Under this number of client 9; 0: without one.
    void write_ends(const machine::Change& change, std::uint64_t sequence, const wire::Reply& reply) {
        const Ledger::Id id = ledger_.begin(now(), 1, machine::without_session(change));
        if (sequence != 0) ledger_.numbered(id, {ClientId{9}, Sequence{sequence}, Sequence{1}, change});
        ledger_.end(id, now(), reply);
    }
    void remove_ends(std::string_view key, std::string_view range_end, std::uint64_t sequence,
                     const wire::Reply& reply) {
        write_ends(machine::Delete{key, range_end}, sequence, reply);
    }
    // One removes nothing, one two keys, and both have numbers; then one removes nothing without a number.
    void remove_all() {
        committed_.apply(entry_of(Index{2}, {remove("k0003", {}, 9, 1), remove("k0001", "k0003", 9, 2)}));
        committed_.apply(entry_of(Index{3}, {remove("k0001", "k0003")}));
    }
    void commits(Index index, const machine::Change& change, std::uint64_t sequence) {
        committed_.apply(entry_of(index, {{ClientId{9}, Sequence{sequence}, Sequence{1}, change}}), now());
    }
    void expect_violation(const char* text) const {
        EXPECT_THAT([&] { ledger_.check(committed_); }, ThrowsMessage<Violation>(HasSubstr(text)));
    }
    void expect_none() const { EXPECT_NO_THROW(ledger_.check(committed_)); }
    Instant now() { return now_ += std::chrono::milliseconds{1}; }

    Committed committed_;
    Ledger ledger_{5};
    Instant now_{};
};

const KeyValue one{"k0001", "one", Revision{2}, Revision{2}, 1};
const KeyValue two{"k0001", "two", Revision{2}, Revision{3}, 2};
const KeyValue three{"k0002", "three", Revision{4}, Revision{4}, 1};

}  // namespace kvbus::sim
