// What single operations do to keys, leases and deadlines: first a check in which nothing changes, then the
// change, which cannot fail. Everything that changes keys goes through a Write: a command, each operation of
// a transaction, the end of a lease and of a deadline.
//
// Always true between writes: a key with a lease is among that lease's keys, and the other way round; a key
// with a deadline is live and has no lease.
#pragma once

#include <cstdint>
#include <string_view>

#include "machine/deadlines.h"
#include "machine/keys.h"
#include "machine/leases.h"
#include "machine/machine.h"

namespace kvbus::machine {

struct Contents {
    Keys keys;
    Leases leases;
    Deadlines deadlines;
    Revision revision{1};
    ClusterTime time{};
};

// Why the operation cannot be applied, or ok.
[[nodiscard]] Code check(const Contents& contents, const Limits& limits, const Put& put);
[[nodiscard]] Code check(const Contents& contents, const Limits& limits, const Append& append);
[[nodiscard]] Code check(const Contents& contents, const Limits& limits, const Increment& increment);
[[nodiscard]] Code check(const Contents& contents, const Limits& limits, const Campaign& campaign);

// How large the value will be, once the operation is applied.
[[nodiscard]] std::uint64_t value_bytes_after(const Contents& contents, const Put& put);
[[nodiscard]] std::uint64_t value_bytes_after(const Contents& contents, const Append& append);
[[nodiscard]] std::uint64_t value_bytes_after(const Contents& contents, const Increment& increment);

[[nodiscard]] inline std::uint64_t bytes_of(const Record& record) {
    return record.key.size() + record.value.size();
}
// What the record in a Put's answer counts for Limits::answer_bytes_max; 0 when there is none.
[[nodiscard]] std::uint64_t previous_bytes(const Contents& contents, const Limits& limits, const Put& put);

// Changes with one revision. They must have been checked.
class Write {
  public:
    explicit Write(Contents& contents) : contents_(contents), next_{contents.revision.value + 1} {}
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;

    // Answers hold the records before it only if `prev_kv` asks for them.
    PutAnswer apply(const Put& put);
    DeleteAnswer apply(const Delete& remove);
    AppendAnswer apply(const Append& append);
    IncrementAnswer apply(const Increment& increment);
    CampaignAnswer apply(const Campaign& campaign);
    RangeAnswer apply(const RangeQuery& query);  // sees what was changed so far

    void end_lease(LeaseId lease);                    // and its keys
    void remove_with_deadline(std::string_view key);  // which has one

    // The revision that the changes made, or the one that stays when there were none.
    Revision finish();

  private:
    void put_keeping_tenure(std::string_view key, std::string_view value);
    void detach(std::string_view key, LeaseId except);

    Contents& contents_;
    Revision next_;
    bool changed_ = false;
};

}  // namespace kvbus::machine
