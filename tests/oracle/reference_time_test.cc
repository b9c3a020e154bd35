// What ends by cluster time, by hand: leases and keys with a time to live.
#include "oracle/reference_fixture.h"

namespace kvbus::oracle {
namespace {

TEST_F(Reference, ALeaseIsGrantedOnceAndForAtLeastTheMinimum) {
    EXPECT_EQ(grant(1, seconds{10}), ok(1, {machine::LeaseAnswer{LeaseId{1}, seconds{10}}}));
    EXPECT_EQ(grant(1, seconds{10}), refused(Code::lease_exists, 1));
    EXPECT_EQ(grant(2, milliseconds{5}), ok(1, {machine::LeaseAnswer{LeaseId{2}, seconds{2}}}));
    EXPECT_THAT(machine_.leases(), ElementsAre(LeaseId{1}, LeaseId{2}));
    EXPECT_EQ(machine_.next_expiry(), seconds{2});
    EXPECT_EQ(put_leased("a", 3), refused(Code::lease_not_found, 1));
}

TEST_F(Reference, ARevokedLeaseTakesItsKeysInOneRevision) {
    grant(1, seconds{10});
    put_leased("b", 1);
    put_leased("a", 1);
    put("c", "");
    EXPECT_EQ(apply(machine::LeaseRevoke{LeaseId{1}}).revision, Revision{5});
    EXPECT_THAT(events(5), ElementsAre("removed a= 0/5/0 after a=v 3/3/1 lease=1",
                                       "removed b= 0/5/0 after b=v 2/2/1 lease=1"));
    EXPECT_EQ(apply(machine::LeaseRevoke{LeaseId{1}}), refused(Code::lease_not_found, 5));
    grant(2, seconds{10});
    EXPECT_EQ(apply(machine::LeaseRevoke{LeaseId{2}}).revision, Revision{5});  // it had no keys
}

TEST_F(Reference, AKeptAliveLeaseStartsAgain) {
    grant(1, seconds{10});
    put_leased("a", 1);
    machine_.advance(seconds{9});
    EXPECT_EQ(machine_.lease(LeaseId{1})->left, seconds{1});
    EXPECT_EQ(apply(machine::LeaseKeepAlive{LeaseId{1}}),
              ok(2, {machine::LeaseAnswer{LeaseId{1}, seconds{10}}}));
    machine_.advance(seconds{18});
    EXPECT_EQ(machine_.key_count(), 1U);
    machine_.advance(seconds{19});  // a deadline that is reached has passed
    EXPECT_EQ(machine_.key_count(), 0U);
    EXPECT_EQ(machine_.revision(), Revision{3});
    EXPECT_EQ(apply(machine::LeaseKeepAlive{LeaseId{1}}), refused(Code::lease_not_found, 3));
}

TEST_F(Reference, APutMovesAKeyToItsNewLease) {
    grant(1, seconds{10});
    grant(2, seconds{20});
    put_leased("a", 1);
    put_leased("b", 1);
    put_leased("a", 2);
    EXPECT_THAT(machine_.lease(LeaseId{1})->keys, ElementsAre("b"));
    EXPECT_THAT(machine_.lease(LeaseId{2})->keys, ElementsAre("a"));
    put("b", "");
    EXPECT_THAT(machine_.lease(LeaseId{1})->keys, IsEmpty());
    machine_.advance(seconds{10});
    EXPECT_EQ(machine_.revision(), Revision{5});  // lease 1 ended without keys
    EXPECT_EQ(machine_.lease(LeaseId{1}), std::nullopt);
}

TEST_F(Reference, TtlsEndAndAPutEndsATtl) {
    put_for("a", seconds{5});
    put_for("b", seconds{6});
    put_for("c", seconds{5});
    put("c", "stays");
    apply(machine::Put{.key = "b", .value = "2", .ignore_lease = true});  // keeps the deadline
    EXPECT_EQ(machine_.next_expiry(), seconds{5});
    machine_.advance(seconds{5} - machine::ClusterTime{1});
    EXPECT_EQ(machine_.key_count(), 3U);
    machine_.advance(seconds{5});
    EXPECT_THAT(keys({.key = on, .range_end = on}), ElementsAre("b", "c"));
    machine_.advance(seconds{100});
    EXPECT_THAT(everything(), ElementsAre("c=stays 4/5/2"));
    EXPECT_EQ(machine_.next_expiry(), machine::ClusterTime::max());
}

TEST_F(Reference, LeasesExpireByDeadlineThenIdThenTheKeysTogether) {
    grant(3, seconds{5});
    grant(2, seconds{5});
    grant(1, seconds{6});
    for (std::uint64_t lease = 1; lease <= 3; ++lease)
        put_leased("l" + std::to_string(lease), lease);
    put_for("z", seconds{2});
    put_for("y", seconds{3});
    machine_.advance(seconds{10});  // revision 6 so far
    EXPECT_THAT(events(7),
                ElementsAre("removed l2= 0/7/0 after l2=v 3/3/1 lease=2",
                            "removed l3= 0/8/0 after l3=v 4/4/1 lease=3",
                            "removed l1= 0/9/0 after l1=v 2/2/1 lease=1", "removed z= 0/10/0 after z=v 5/5/1",
                            "removed y= 0/10/0 after y=v 6/6/1"));
}

TEST_F(Reference, NoMoreThanAThousandKeysExpireAtOnce) {
    for (int i = 0; i < 1001; ++i)
        put_for("k" + std::to_string(i), seconds{1});
    machine_.advance(seconds{1});
    EXPECT_EQ(machine_.key_count(), 1U);
    EXPECT_EQ(machine_.next_expiry(), seconds{1});
    machine_.advance(seconds{1});
    EXPECT_EQ(machine_.key_count(), 0U);
}

TEST_F(Reference, ALeaseWaitsWhenItIsTooMuchUnlessItIsTheFirst) {
    grant(1, seconds{5});
    grant(2, seconds{5});
    grant(3, seconds{5});
    for (int i = 0; i < 1200; ++i)
        put_leased("b" + std::to_string(i), 2);
    put_leased("a", 1);
    put_leased("c", 3);
    put_for("d", seconds{5});
    machine_.advance(seconds{5});
    EXPECT_THAT(machine_.leases(), ElementsAre(LeaseId{2}, LeaseId{3}));  // what comes after waits, too
    EXPECT_EQ(machine_.key_count(), 1202U);
    machine_.advance(seconds{5});
    EXPECT_THAT(machine_.leases(), ElementsAre(LeaseId{3}));
    EXPECT_EQ(machine_.key_count(), 2U);
    machine_.advance(seconds{5});
    EXPECT_EQ(machine_.key_count(), 0U);
}

TEST_F(Reference, TimeNeverGoesBack) {
    machine_.advance(seconds{10});
    machine_.advance(seconds{5});
    EXPECT_EQ(machine_.time(), seconds{10});
}

}  // namespace
}  // namespace kvbus::oracle
