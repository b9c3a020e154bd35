#include "raft/trace.h"

#include "support.h"

namespace kvbus::raft::test {
namespace {

std::string line(Subject::Body body) {
    return describe(one, Envelope{two, Message{Term{3}, std::move(body)}});
}

TEST(Trace, MessagesAreOneLineEach) {
    EXPECT_EQ(line(VoteRequest{.pre = true, .last = at(2, 5)}), "1 > 2 pre-vote term=3 last=2/5");
    EXPECT_EQ(line(VoteRequest{.pre = false, .last = at(2, 5)}), "1 > 2 vote term=3 last=2/5");
    EXPECT_EQ(line(VoteReply{.pre = true, .granted = true}), "1 > 2 pre-vote-reply term=3 granted");
    EXPECT_EQ(line(VoteReply{.pre = false, .granted = false}), "1 > 2 vote-reply term=3 denied");
    EXPECT_EQ(line(Append{.previous = at(1, 3), .commit = Index{2}, .entries = {}}),
              "1 > 2 append term=3 previous=1/3 commit=2");
    EXPECT_EQ(line(Append{.previous = at(1, 3),
                          .commit = Index{2},
                          .entries = {entry(1, 4), entry(2, 5), entry(2, 6), entry(2, 7), entry(3, 8)}}),
              "1 > 2 append term=3 previous=1/3 entries=1/4,2/5-7,3/8 commit=2");
    EXPECT_EQ(line(AppendReply{.accepted = true, .match = Index{8}, .hint = {}}),
              "1 > 2 append-reply term=3 match=8");
    EXPECT_EQ(line(AppendReply{.accepted = false, .match = Index{8}, .hint = at(1, 4)}),
              "1 > 2 append-reply term=3 rejected=8 hint=1/4");
    EXPECT_EQ(line(Heartbeat{.commit = Index{4}, .round = 9}), "1 > 2 heartbeat term=3 commit=4 round=9");
    EXPECT_EQ(line(HeartbeatReply{.round = 9, .last = Index{8}}),
              "1 > 2 heartbeat-reply term=3 round=9 last=8");
    EXPECT_EQ(line(InstallSnapshot{snapshot_of(three, at(2, 5))}),
              "1 > 2 install-snapshot term=3 last=2/5 id=105 holder=3");
    EXPECT_EQ(line(ReadRequest{.id = ReadId{6}}), "1 > 2 read term=3 id=6");
    EXPECT_EQ(line(ReadReply{.id = ReadId{6}, .index = Index{4}}), "1 > 2 read-reply term=3 id=6 index=4");
}

TEST(Trace, RolesReadLikeSpeech) {
    EXPECT_EQ(describe(two, Role{RoleKind::follower, Term{3}, {}}), "2 becomes follower at term 3");
    EXPECT_EQ(describe(two, Role{RoleKind::follower, Term{3}, one}), "2 follows 1 at term 3");
    EXPECT_EQ(describe(two, Role{RoleKind::pre_candidate, Term{3}, {}}), "2 becomes pre-candidate at term 3");
    EXPECT_EQ(describe(two, Role{RoleKind::candidate, Term{4}, {}}), "2 becomes candidate at term 4");
    EXPECT_EQ(describe(two, Role{RoleKind::leader, Term{4}, two}), "2 becomes leader at term 4");
}

TEST(Trace, DataIsShownWhenItCanBeRead) {
    EXPECT_EQ(describe(entry(2, 5, "put a")), "2/5 'put a'");
    EXPECT_EQ(describe(entry(2, 5, std::string_view{"\0\n", 2})), "2/5 2 bytes");
    EXPECT_EQ(describe(entry(2, 5, std::string(100, 'x'))), "2/5 100 bytes");
    EXPECT_EQ(describe(Entry{at(2, 5), EntryType::no_op, {}}), "2/5 no-op");
}

TEST(Trace, WritesTellWhatChangesAndWhatIsPromised) {
    Write write{.id = WriteId{7},
                .hard_state = HardState{Term{3}, one, Index{4}},
                .truncate_from = Index{5},
                .append = {entry(3, 5), entry(3, 6)},
                .then_send = {}};
    EXPECT_EQ(describe(write), "write 7: term=3 vote=1 commit=4 drop=5- add=3/5-6");
    write = Write{.id = WriteId{8}, .hard_state = {}, .truncate_from = {}, .append = {}, .then_send = {}};
    write.then_send.push_back({two, Message{Term{3}, VoteReply{.pre = false, .granted = true}}});
    EXPECT_EQ(describe(write), "write 8: nothing, then vote-reply to 2");
    write.then_send.clear();
    write.install = Write::Install{snapshot_of(three, at(2, 5)), true};
    write.truncate_from = Index{7};
    EXPECT_EQ(describe(write), "write 8: install=2/5 (keeps the log) drop=7-");
    EXPECT_EQ(describe(snapshot_of(three, at(2, 5))), "snapshot 105 up to 2/5 at 3");
}

TEST(Trace, TheRest) {
    EXPECT_EQ(describe(ReadGrant{ReadId{1}, Index{4}}), "read 1 at 4");
    EXPECT_EQ(describe(LogFetch{three, Index{4}, Index{9}, 100}), "4-9 for 3");
    const Status status{.role = {RoleKind::leader, Term{2}, one},
                        .commit = Index{3},
                        .last = Index{5},
                        .durable = Index{4},
                        .ignored = 0,
                        .followers = {}};
    EXPECT_EQ(describe(one, status), "1 leader term=2 leader=1 commit=3 last=5 durable=4");
}

}  // namespace
}  // namespace kvbus::raft::test
