// Random commands and queries that mean something: over few keys, which share prefixes and hold the bytes 00
// and ff, few leases and few clients, so that they meet each other. All kinds of commands, of which most can
// be applied, and each reason for refusal comes up. The same seed gives the same commands, if the situations
// are the same.
//
// One thread. Always true: what a command or a query views lives until the next one is drawn.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "machine/command.h"

namespace kvbus::oracle {

// Why a node would never propose a transaction. Where etcd's own check looks the other way (a put in one
// nested transaction, and a delete of the same key in a later one beside it) it is doubtful.
enum class Flaw : std::uint8_t { none, doubtful, certain };
[[nodiscard]] Flaw duplicate_keys(const machine::Txn& txn);

// What the commands are to refer to.
struct Situation {
    Revision revision;
    Revision compacted;
    std::vector<LeaseId> leases;  // that exist
};

struct RandomCommand {
    machine::Command command;
    Flaw flaw = Flaw::none;  // only unflawed ones may be applied
};

struct Vocabulary {
    std::string prefix{};  // of all keys and ranges
    std::chrono::milliseconds key_ttl_max{20'000};
    std::chrono::milliseconds lease_ttl_max{60'000};
    bool past_in_transactions = true;  // whether their reads may name a revision
};

class RandomCommands {
  public:
    explicit RandomCommands(std::uint64_t seed, Vocabulary vocabulary = {})
        : random_(seed), vocabulary_(std::move(vocabulary)) {}

    // An Append is refused soonest if the machine's limit is this.
    static constexpr std::uint64_t value_bytes_max = 40;

    [[nodiscard]] RandomCommand command(const Situation& situation);
    [[nodiscard]] machine::RangeQuery query(const Situation& situation);
    // How much time goes by before the next batch; mostly little, sometimes a minute.
    [[nodiscard]] std::chrono::nanoseconds pause();

    [[nodiscard]] static std::vector<LeaseId> lease_ids();
    [[nodiscard]] std::string_view name_of_line();

    // Of one kind each: what changes a key, or removes a range; a transaction without a flaw; what is about
    // leases; a candidacy.
    [[nodiscard]] machine::Change edit(const Situation& situation);
    [[nodiscard]] machine::Txn transaction(const Situation& situation);
    [[nodiscard]] machine::Change lease_change(const Situation& situation);
    [[nodiscard]] machine::Campaign campaign(const Situation& situation);
    [[nodiscard]] machine::Compact compaction(const Situation& situation);

  private:
    struct Range {
        std::string_view key;
        std::string_view range_end;
    };
    struct Client {
        std::uint64_t next = 1;   // sequence
        std::uint64_t first = 1;  // unanswered
    };

    std::string_view keep(std::string bytes);
    std::string_view key();
    std::string_view value();
    std::chrono::milliseconds up_to(std::chrono::milliseconds max);
    Range range();
    LeaseId lease(const Situation& situation);
    Revision past(const Situation& situation);

    machine::Put put(const Situation& situation);
    machine::Delete remove();
    machine::Append append();
    machine::Increment increment();
    machine::Compare compare(const Situation& situation);
    machine::Operation operation(const Situation& situation, int depth);
    std::vector<machine::Operation> operations(const Situation& situation, int depth);
    machine::Campaign any_campaign(const Situation& situation);
    machine::Txn txn(const Situation& situation, int depth);
    machine::RangeQuery any_query(const Situation& situation);
    machine::Change any_edit(const Situation& situation);
    machine::Change any_lease_change(const Situation& situation);
    machine::Change any_change(const Situation& situation);
    void number(machine::Command& command);

    Random random_;
    Vocabulary vocabulary_;
    std::deque<std::string> bytes_;  // a deque, so that what is viewed stays where it is
    std::array<Client, 6> clients_;
    std::uint64_t era_ = 0;  // of six clients three write in each, so that sessions become idle
};

}  // namespace kvbus::oracle
