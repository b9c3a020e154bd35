// What a ledger says of leases, and of locks that stand on them.
#include "sim/ledger_fixture.h"

namespace kvbus::sim {
namespace {

// --- leases ------------------------------------------------------------------------------------------------

class LedgerOfLeases : public LedgerTest {
  protected:
    void grant() {
        const machine::LeaseGrant grant{LeaseId{5}, 2s};
        const Ledger::Id id = ledger_.begin(now(), 1, machine::without_session(grant));
        ledger_.numbered(id, {ClientId{9}, Sequence{1}, Sequence{1}, grant});
        commits(Index{2}, grant, 1);
        ledger_.end(id, now(), written(4, {machine::LeaseAnswer{LeaseId{5}, 2s}}));
    }
    // By the passage of cluster time.
    void expires_after(Duration lived) {
        wire::BatchBuilder builder;
        const raft::Entry entry{{Term{1}, Index{3}},
                                raft::EntryType::commands,
                                Blob::copy_of(builder.finish(std::chrono::seconds{3}))};
        now_ = Instant{} + lived;
        committed_.apply(entry, now_);
    }
    void status_ends(const wire::LeaseStatusReply& status) {
        const Ledger::Id id = ledger_.begin(now(), 1, wire::LeaseStatusRequest{LeaseId{5}, true});
        ledger_.end(id, now(), {.head = head_at(4), .body = status});
    }
};

TEST_F(LedgerOfLeases, ALeaseThatLivedItsTimeMayEnd) {
    grant();
    expires_after(2001ms);
    expect_none();
}

TEST_F(LedgerOfLeases, NoLeaseEndsBeforeItsTime) {
    grant();
    expires_after(1990ms);
    expect_violation("lease 5 ended 1989 ms after");
}

TEST_F(LedgerOfLeases, AClockThatRunsFastMayEndItSooner) {
    ledger_ = Ledger(5, 50'000);
    grant();
    expires_after(1990ms);
    expect_none();
}

TEST_F(LedgerOfLeases, ItsStatusTellsWhatItIs) {
    grant();
    status_ends({LeaseId{5}, 2s, 1999ms, {}});
    expect_none();
    status_ends({LeaseId{5}, 2s, 1999ms, {"k0001"}});
    expect_violation("other keys than it had");
}

TEST_F(LedgerOfLeases, ItsStatusIsOfALeaseThatThereIs) {
    grant();
    status_ends({LeaseId{5}, 3s, 1999ms, {}});
    expect_violation("a lease of 3000 ms, which there was not");
}

TEST_F(LedgerOfLeases, WhoeverLooksSeesThatItIsThere) {
    read_ends(wire::LeasesRequest{}, {.head = head_at(4), .body = std::vector<LeaseId>{}});
    grant();
    read_ends(wire::LeasesRequest{}, {.head = head_at(4), .body = std::vector<LeaseId>{LeaseId{5}}});
    expect_none();
    read_ends(wire::LeaseStatusRequest{LeaseId{5}, false}, refused(Code::lease_not_found));
    expect_violation("did not see that it is there");
}

TEST_F(LedgerOfLeases, AListIsComplete) {
    grant();
    read_ends(wire::LeasesRequest{}, {.head = head_at(4), .body = std::vector<LeaseId>{}});
    expect_violation("misses lease 5");
}

TEST_F(LedgerOfLeases, AListHasNothingElse) {
    read_ends(wire::LeasesRequest{}, {.head = head_at(4), .body = std::vector<LeaseId>{LeaseId{5}}});
    expect_violation("has lease 5, which there was not");
}

// --- locks -------------------------------------------------------------------------------------------------

// Leases 5 and 6 stand in the line "l", with tokens 5 and 6, in that order; then 5 goes.
class LedgerOfLines : public LedgerTest {
  protected:
    LedgerOfLines() {
        commits(Index{2}, machine::LeaseGrant{LeaseId{5}, 1min}, 11);
        commits(Index{3}, machine::LeaseGrant{LeaseId{6}, 1min}, 12);
        for (std::uint64_t i : {11, 12})
            write_ends(machine::LeaseGrant{LeaseId{i - 6}, 1min}, i,
                       written(4, {machine::LeaseAnswer{LeaseId{i - 6}, 1min}}));
    }
    void stands(std::uint64_t lease, const wire::Reply& reply) {
        const machine::Campaign campaign{"l", "v", LeaseId{lease}};
        const Ledger::Id id = ledger_.begin(now(), lease, machine::without_session(campaign));
        ledger_.numbered(id, {ClientId{9}, Sequence{++sequence_}, Sequence{1}, campaign});
        commits(Index{++index_}, campaign, sequence_);
        ledger_.end(id, now(), reply);
    }
    static wire::Reply holds(std::uint64_t lease, std::uint64_t token, std::uint64_t at = 0) {
        return written(at == 0 ? token : at,
                       {machine::CampaignAnswer{"l/" + std::to_string(lease), Revision{token}}});
    }
    void goes(std::uint64_t lease, std::uint64_t revision) {
        const std::string key = "l/" + std::to_string(lease);
        commits(Index{++index_}, machine::Delete{key}, ++sequence_);
        write_ends(machine::Delete{key}, sequence_, written(revision, 1));
    }
    std::uint64_t sequence_ = 20;
    std::uint64_t index_ = 3;
};

TEST_F(LedgerOfLines, WhoeverCameFirstHoldsTheLockAndTheNextOneWhenItIsGone) {
    stands(5, holds(5, 5));
    stands(6, refused(Code::not_first));
    goes(5, 7);
    stands(6, holds(6, 6, 7));
    expect_none();
}

TEST_F(LedgerOfLines, NobodyHoldsALockWhileAnotherOneDoes) {
    stands(5, holds(5, 5));
    stands(6, holds(6, 6));
    expect_violation("was told that it is first, which it was not");
}

TEST_F(LedgerOfLines, WhoeverIsFirstIsTold) {
    stands(5, holds(5, 5));
    stands(5, refused(Code::not_first));
    expect_violation("was told that it is not first, which it was");
}

TEST_F(LedgerOfLines, NobodyLosesAPlaceThatIsThere) {
    stands(5, holds(5, 5));
    stands(6, refused(Code::place_lost));
    expect_violation("was told that its place is lost, and it was there");
}

}  // namespace
}  // namespace kvbus::sim
