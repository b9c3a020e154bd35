// Random commands and queries that mean something: over few keys, which share prefixes and hold the bytes 00
// and ff, few leases and few clients, so that they meet each other. All kinds of commands, of which most can
// be applied, and each reason for refusal comes up. The same seed gives the same commands, if the situations
// are the same.
//
// One thread. Always true: what a command or a query views lives until the next one is drawn.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
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

class RandomCommands {
  public:
    explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

    // An Append is refused soonest if the machine's limit is this.
    static constexpr std::uint64_t value_bytes_max = 40;

    [[nodiscard]] RandomCommand command(const Situation& situation);
    [[nodiscard]] machine::RangeQuery query(const Situation& situation);
    // How much time goes by before the next batch; mostly little, sometimes a minute.
    [[nodiscard]] std::chrono::nanoseconds pause();

    [[nodiscard]] static std::vector<LeaseId> lease_ids();
    [[nodiscard]] std::string_view name_of_line();

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
    machine::Campaign campaign(const Situation& situation);
    machine::Txn txn(const Situation& situation, int depth);
    machine::RangeQuery any_query(const Situation& situation);
    machine::Command any_command(const Situation& situation);
    void number(machine::Command& command);

    Random random_;
    std::deque<std::string> bytes_;  // a deque, so that what is viewed stays where it is
    std::array<Client, 6> clients_;
    std::uint64_t era_ = 0;  // of six clients three write in each, so that sessions become idle
};

}  // namespace kvbus::oracle
