// What replicas compare, and what a machine says it takes of memory.
#include <gtest/gtest.h>

#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

TEST(ReplicaHash, TellsWhatTheStateHashDoesNot) {
    Machine one;
    Machine other;
    for (Machine* machine : {&one, &other}) {
        machine->apply(without_session(Put{.key = "k", .value = "v"}));
        machine->apply(without_session(Put{.key = "k", .value = "w"}));
    }
    EXPECT_EQ(one.replica_hash(), other.replica_hash());
    one.apply(without_session(Compact{Revision{2}}));
    EXPECT_EQ(one.state_hash(), other.state_hash());
    EXPECT_NE(one.replica_hash(), other.replica_hash()) << "how far it is compacted";
    other.apply(without_session(Compact{Revision{2}}));
    EXPECT_EQ(one.replica_hash(), other.replica_hash());
    one.advance(std::chrono::seconds{1});
    EXPECT_NE(one.replica_hash(), other.replica_hash()) << "cluster time";
    other.advance(std::chrono::seconds{1});
    EXPECT_EQ(one.replica_hash(), other.replica_hash());
    one.apply({ClientId{5}, Sequence{1}, Sequence{1}, Delete{.key = "nothing"}});
    EXPECT_EQ(one.state_hash(), other.state_hash());
    EXPECT_NE(one.replica_hash(), other.replica_hash()) << "sessions";
    other.apply({ClientId{5}, Sequence{2}, Sequence{1}, Delete{.key = "nothing"}});
    EXPECT_EQ(one.session_count(), other.session_count());
    EXPECT_NE(one.replica_hash(), other.replica_hash()) << "what they would answer";
    one.apply({ClientId{5}, Sequence{3}, Sequence{3}, Delete{.key = "nothing"}});
    other.apply({ClientId{5}, Sequence{3}, Sequence{3}, Delete{.key = "nothing"}});
    EXPECT_EQ(one.replica_hash(), other.replica_hash()) << "nobody can ask for the others any more";
    for (Machine* machine : {&one, &other}) {
        machine->advance(std::chrono::hours{1});
        EXPECT_EQ(machine->session_count(), 0U);
    }
    EXPECT_EQ(one.replica_hash(), other.replica_hash());
}

TEST(ReplicaHash, HoldsNothingOfSessionsThatAreForgotten) {
    Machine never;
    Machine once;
    for (std::uint64_t i = 1; i <= 5; ++i)
        once.apply({ClientId{5}, Sequence{i}, Sequence{1}, Delete{.key = "nothing"}});
    EXPECT_NE(once.replica_hash(), never.replica_hash());
    for (Machine* machine : {&never, &once})
        machine->advance(std::chrono::hours{1});
    EXPECT_EQ(once.replica_hash(), never.replica_hash());
}

TEST(MemoryBytes, GrowWithWhatIsPutAndFallOnceItIsRemovedAndCompacted) {
    Machine machine;
    const std::uint64_t empty = machine.memory_bytes();
    const std::string value(1000, 'v');
    for (int i = 0; i < 100; ++i)
        machine.apply(without_session(Put{.key = "k" + std::to_string(i), .value = value}));
    const std::uint64_t full = machine.memory_bytes();
    EXPECT_GT(full, empty + 100 * 1000);
    EXPECT_LT(full, empty + 100 * 1300) << "not much is about the values";
    machine.apply(without_session(Delete{.key = "k", .range_end = "l"}));
    EXPECT_GT(machine.memory_bytes(), full / 2) << "what is removed is history";
    machine.apply(without_session(Compact{machine.revision()}));
    machine.advance(std::chrono::seconds{1});
    EXPECT_EQ(machine.memory_bytes(), empty);
}

}  // namespace
}  // namespace kvbus::machine
