// What one client of a simulation asks for, call after call, by the mix of its plan. Each kind of call has
// keys of its own: plain ones, on which linearizability is searched for and which therefore nothing touches
// but puts, removes and reads; those that only get increments, or only appends; and those for all the rest,
// which oracle/random_commands.h draws. One thread. The same plan gives the same calls, if the same is seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "client/stored_operation.h"
#include "oracle/random_commands.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Workload {
  public:
    Workload(std::uint64_t client, const Plan& plan);

    // `seen`: the last revision that the client was told of. Valid until the next one is drawn.
    [[nodiscard]] client::Operation next(Revision seen);
    // A put like no other.
    [[nodiscard]] client::Operation put(std::string key);
    // Of any family, though it may never be there.
    [[nodiscard]] static std::string any_key(Random& random, const Plan& plan);

  private:
    enum class Kind : std::uint8_t { plain, increment, append, edit, transaction, lease, compaction };
    [[nodiscard]] Kind kind();
    [[nodiscard]] client::Operation plain();
    [[nodiscard]] client::Operation increment();
    [[nodiscard]] client::Operation append();
    [[nodiscard]] client::Operation edit(const oracle::Situation& situation);
    [[nodiscard]] client::Operation lease(const oracle::Situation& situation);
    [[nodiscard]] wire::RangeRequest read();
    void ask_for_less(machine::RangeQuery& read);
    void choose(std::string_view family, std::uint64_t count);
    [[nodiscard]] bool chance(std::uint64_t millionths) { return random_.below(1'000'000) < millionths; }

    std::uint64_t client_;
    const Plan& plan_;
    Random random_;
    Random options_;  // of reads
    oracle::RandomCommands commands_;
    std::uint64_t values_ = 0;
    std::string key_, range_end_, value_;
};

// The name of the n-th plain key, in byte order.
[[nodiscard]] std::string key_name(std::uint64_t number);
[[nodiscard]] bool is_plain(std::string_view key);

}  // namespace kvbus::sim
