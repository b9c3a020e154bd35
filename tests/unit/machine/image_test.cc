#include "machine/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/machine/recorded_image.h"

namespace kvbus::machine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Limits limits{.history = {.bytes_max = 1 << 20}};
constexpr std::size_t all_parts = ~std::size_t{0};

Command compact(std::uint64_t revision) {
    return command(Compact{Revision{revision}});
}
Command grant(std::uint64_t lease, seconds ttl) {
    return command(LeaseGrant{LeaseId{lease}, ttl});
}
Command leased(std::string_view key, std::uint64_t lease) {
    return command(Put{.key = key, .value = "l", .lease = LeaseId{lease}});
}
Command timed(std::string_view key, seconds ttl) {
    return command(Put{.key = key, .value = "t", .ttl = ttl});
}

// A machine without a past: every key is a base.
Machine of_bases(std::initializer_list<std::string_view> keys) {
    Machine machine(limits);
    for (const std::string_view key : keys)
        machine.apply(put(key, "1"));
    machine.apply(compact(machine.revision().value));
    machine.advance({});
    return machine;
}

class Image : public ::testing::Test {
  protected:
    void begin(Machine& machine) { header_ = machine.begin_image(told_); }
    void finish(Machine& machine) {
        while (!machine.continue_image(1)) {
        }
    }
    Machine built() {
        auto built = told_.build(limits, header_);
        EXPECT_TRUE(built.ok()) << built.error().message;
        return built.ok() ? std::move(*built) : Machine(limits);
    }

    RecordedImage told_;
    ImageHeader header_;
};

TEST_F(Image, OfNothing) {
    Machine machine(limits);
    begin(machine);
    finish(machine);
    EXPECT_THAT(told_.parts(), IsEmpty());
    EXPECT_EQ(built().state_hash(), machine.state_hash());
    EXPECT_EQ(built().revision(), Revision{1});
}

TEST_F(Image, TellsBasesAndChanges) {
    Machine machine = of_bases({"a", "b"});
    machine.apply(put("b", "2"));
    machine.apply(remove("b"));
    machine.apply(put("c", "1"));
    begin(machine);
    finish(machine);
    EXPECT_THAT(told_.parts(), ElementsAre("base a=1 2/2/1", "base b=1 3/3/1", "change b=2 3/4/2",
                                           "change b= 0/5/0", "change c=1 6/6/1"));
    EXPECT_EQ(built().history_bytes(), machine.history_bytes());
    EXPECT_EQ(lines(built().range({.key = "b", .revision = Revision{3}})),
              std::vector<std::string>{"b=1 3/3/1"});
}

TEST_F(Image, TellsWhatIsCompactedAndNotReleased) {
    Machine machine(limits);
    for (int i = 0; i < 10; ++i)
        machine.apply(put("k", std::to_string(i)));
    machine.apply(compact(11));
    begin(machine);
    finish(machine);
    EXPECT_THAT(told_.parts(),
                ElementsAre("base k=3 2/5/4", "change k=4 2/6/5", "change k=5 2/7/6", "change k=6 2/8/7",
                            "change k=7 2/9/8", "change k=8 2/10/9", "change k=9 2/11/10"));
    EXPECT_EQ(built().compacted(), Revision{11});
    EXPECT_THAT(events_from(built(), 1), IsEmpty());
    EXPECT_EQ(built().history_bytes(), machine.history_bytes());
}

// A removal may be released while the key lives again: then it is what its first change replaced.
TEST_F(Image, TellsARemovalAsABase) {
    Machine machine = of_bases({"k"});
    machine.apply(remove("k"));
    machine.apply(put("k", "2"));
    machine.apply(compact(3));
    machine.advance({});
    begin(machine);
    finish(machine);
    EXPECT_THAT(told_.parts(), ElementsAre("base k= 0/3/0", "change k=2 4/4/1"));
    EXPECT_EQ(built().history_bytes(), machine.history_bytes());
    EXPECT_EQ(built().bytes(), machine.bytes());
}

TEST_F(Image, IsOfTheMomentAtWhichItBegan) {
    Machine machine = of_bases({"a", "b", "c"});
    machine.apply(put("b", "2"));
    begin(machine);
    EXPECT_FALSE(machine.continue_image(1));  // told: a
    machine.apply(put("a", "later"));
    machine.apply(remove("c"));
    machine.apply(put("d", "later"));
    machine.apply(compact(machine.revision().value));
    machine.advance({});  // releases all changes
    EXPECT_EQ(machine.history_bytes(), 0U);
    finish(machine);
    EXPECT_THAT(told_.parts(),
                ElementsAre("base a=1 2/2/1", "base b=1 3/3/1", "base c=1 4/4/1", "change b=2 3/5/2"));
    EXPECT_THAT(everything(built()), ElementsAre("a=1 2/2/1", "b=2 3/5/2", "c=1 4/4/1"));
}

TEST_F(Image, HoldsLeasesAsTheyWere) {
    Machine machine(limits);
    for (std::uint64_t lease = 1; lease <= 4; ++lease)
        machine.apply(grant(lease, seconds{10}));
    machine.apply(leased("k", 2));
    begin(machine);
    machine.advance(seconds{1});
    machine.apply(command(LeaseKeepAlive{LeaseId{1}}));
    machine.apply(command(LeaseRevoke{LeaseId{2}}));
    machine.apply(grant(5, seconds{10}));
    machine.advance(seconds{10});  // ends 3 and 4
    EXPECT_EQ(machine.lease_count(), 2U);
    finish(machine);
    Machine then = built();
    EXPECT_EQ(then.leases(), (std::vector{LeaseId{1}, LeaseId{2}, LeaseId{3}, LeaseId{4}}));
    for (const LeaseId lease : then.leases())
        EXPECT_EQ(then.lease(lease, false)->left, seconds{10});
    EXPECT_THAT(then.lease(LeaseId{2}, true)->keys, ElementsAre("k"));
}

TEST_F(Image, HoldsDeadlinesAsTheyWere) {
    Machine machine(limits);
    for (const char* key : {"cleared", "due", "moved", "left"})
        machine.apply(timed(key, seconds{10}));
    begin(machine);
    machine.apply(put("cleared", "later"));
    machine.advance(seconds{1});
    machine.apply(timed("moved", seconds{10}));
    machine.apply(timed("new", seconds{10}));
    machine.apply(timed("left", seconds{10}));
    machine.advance(seconds{10});
    EXPECT_FALSE(machine.range({.key = "due"}).count > 0);
    finish(machine);
    Machine then = built();
    then.advance(seconds{10} - ClusterTime{1});
    EXPECT_EQ(then.key_count(), 4U);
    then.advance(seconds{10});
    EXPECT_EQ(then.key_count(), 0U);
}

TEST_F(Image, HoldsSessionsAsTheyWere) {
    Machine machine(limits);
    for (std::uint64_t client = 1; client <= 3; ++client)
        machine.apply(by(client, 1, 1, put("k", "1")));
    machine.apply(by(2, 2, 1, put("k", "2")));
    begin(machine);
    machine.apply(by(2, 3, 3, put("k", "3")));  // 1 and 2 are answered, and forgotten
    machine.apply(by(4, 1, 1, put("k", "4")));
    machine.advance(limits.session_idle_max + seconds{1});  // all are idle
    EXPECT_EQ(machine.session_count(), 0U);
    finish(machine);
    Machine then = built();
    EXPECT_EQ(then.session_count(), 3U);
    EXPECT_EQ(then.apply(by(2, 1, 1, put("k", "again"))), ok(3));
    EXPECT_EQ(then.apply(by(2, 2, 1, put("k", "again"))), ok(5));
    EXPECT_EQ(then.apply(by(2, 3, 1, put("k", "new"))), ok(6));
}

TEST_F(Image, KeepsWhoWasIdleLongest) {
    Machine machine(limits);
    for (const std::uint64_t client : {1, 2, 3}) {
        machine.apply(by(client, 1, 1, put("k", "1")));
        machine.advance(machine.time() + seconds{60});
    }
    begin(machine);
    machine.apply(by(3, 2, 1, put("k", "2")));  // told first, though it was used last
    finish(machine);
    Machine then = built();
    then.advance(limits.session_idle_max + seconds{61});
    EXPECT_EQ(then.session_count(), 1U);
    EXPECT_EQ(then.apply(by(3, 1, 1, put("k", "again"))), ok(4));
}

TEST_F(Image, KeepsTheAgeOfTheHistory) {
    Machine machine(limits);
    machine.limit_history({.age_max = seconds{10}});
    machine.apply(put("k", "1"));
    machine.advance(seconds{1});
    machine.apply(put("k", "2"));
    begin(machine);
    finish(machine);
    Machine then = built();
    for (Machine* each : {&machine, &then}) {
        each->advance(milliseconds{10'500});
        EXPECT_EQ(each->compacted(), Revision{2});
    }
}

TEST_F(Image, ThatWasAbandonedIsNotGoneOnWith) {
    Machine machine = of_bases({"a", "b"});
    RecordedImage abandoned;
    (void)machine.begin_image(abandoned);
    EXPECT_FALSE(machine.continue_image(1));
    machine.abandon_image();
    machine.apply(put("b", "2"));
    EXPECT_THAT(abandoned.parts(), ElementsAre("base a=1 2/2/1"));
    begin(machine);
    finish(machine);
    EXPECT_EQ(everything(built()), everything(machine));
}

TEST_F(Image, OneAtATime) {
    Machine machine = of_bases({"a"});
    begin(machine);
    RecordedImage second;
    EXPECT_DEATH((void)machine.begin_image(second), "one image at a time");
}

TEST_F(Image, ALargeStepTellsAll) {
    Machine machine = of_bases({"a", "b"});
    machine.apply(by(1, 1, 1, timed("c", seconds{5})));
    machine.apply(grant(1, seconds{5}));
    begin(machine);
    EXPECT_TRUE(machine.continue_image(all_parts));
    EXPECT_EQ(built().state_hash(), machine.state_hash());
}

// --- images that are none ----------------------------------------------------------------------------------

class Builder : public ::testing::Test {
  protected:
    Builder() {
        header_.revision = Revision{9};
        header_.compacted = Revision{5};
        header_.time = seconds{100};
    }
    static Record removed(std::string_view key, std::uint64_t mod) {
        return {.key = key, .mod_revision = Revision{mod}};
    }
    static Record record(std::string_view key, std::uint64_t create, std::uint64_t mod, std::uint64_t version,
                         LeaseId lease = {}) {
        return {key, "v", Revision{create}, Revision{mod}, version, lease};
    }

    // What is said of the last part; those before it are good.
    template <class... Parts>
    std::string refusal(Parts... parts) {
        ImageBuilder builder(limits, header_);
        std::string said = "nothing";
        (
            [&] {
                EXPECT_EQ(said, "nothing");
                said = said_of(parts(builder));
            }(),
            ...);
        return said;
    }
    template <class... Parts>
    std::string refusal_of_all(Parts... parts) {
        ImageBuilder builder(limits, header_);
        EXPECT_TRUE((parts(builder).ok() && ...));
        return said_of(builder.finish());
    }

    static auto base(Record record) {
        return [=](ImageBuilder& to) { return to.base(record); };
    }
    static auto change(Record record) {
        return [=](ImageBuilder& to) { return to.change(record); };
    }
    static auto lease(std::uint64_t id, seconds ttl = seconds{5}, ClusterTime deadline = seconds{5}) {
        return [=](ImageBuilder& to) { return to.lease(LeaseId{id}, ttl, deadline); };
    }
    static auto deadline(std::string_view key, ClusterTime deadline = seconds{5}) {
        return [=](ImageBuilder& to) { return to.deadline(key, deadline); };
    }
    static auto session(std::uint64_t client, ClusterTime last_use, std::uint64_t first) {
        return [=](ImageBuilder& to) { return to.session({ClientId{client}, last_use, Sequence{first}}); };
    }
    static auto outcome(std::uint64_t sequence, Outcome outcome = ok(5)) {
        return [=](ImageBuilder& to) { return to.outcome(Sequence{sequence}, outcome); };
    }

    ImageHeader header_;

  private:
    template <class T>
    static std::string said_of(const Result<T>& result) {
        if (result.ok()) return "nothing";
        EXPECT_EQ(result.error().code, Code::damaged);
        EXPECT_THAT(result.error().message, ::testing::StartsWith("image: "));
        return result.error().message.substr(std::string_view("image: ").size());
    }
};

TEST_F(Builder, RefusesBasesThatCannotBe) {
    EXPECT_EQ(refusal(base(record("k", 2, 5, 3))), "nothing");
    EXPECT_EQ(refusal(base(record("k", 2, 6, 3))),
              "base at revision 6 (a key of 1 bytes): it is not compacted");
    for (const Record& odd :
         {record("k", 3, 2, 1), record("k", 2, 3, ~std::uint64_t{0}), record("k", 0, 2, 1),
          record("k", 0, 0, 1), removed("k", 0), record("k", 0, 2, 0),
          Record{.key = "k", .create_revision = Revision{1}, .mod_revision = Revision{2}},
          Record{.key = "k", .mod_revision = Revision{2}, .lease = LeaseId{1}}}) {
        EXPECT_THAT(refusal(base(odd)), HasSubstr("it makes no sense"));
        EXPECT_THAT(refusal(change(odd)), HasSubstr("it makes no sense"));
    }
    EXPECT_THAT(refusal(base(record("k", 2, 2, 1)), base(record("k", 3, 3, 1))),
                HasSubstr("the key had one already"));
    EXPECT_THAT(refusal(change(record("k", 6, 6, 1)), base(record("l", 2, 2, 1))),
                HasSubstr("it came after a change"));
}

TEST_F(Builder, RefusesChangesThatDoNotFollow) {
    const auto old = base(record("k", 2, 3, 2));
    EXPECT_EQ(
        refusal(old, change(record("k", 2, 4, 3)), change(removed("k", 6)), change(record("k", 7, 7, 1))),
        "nothing");
    EXPECT_THAT(refusal(change(record("k", 10, 10, 1))), HasSubstr("it is of the future"));
    EXPECT_THAT(refusal(old, change(record("k", 2, 2, 1))), HasSubstr("it is out of order"));
    EXPECT_THAT(refusal(change(record("k", 7, 7, 1)), change(record("l", 6, 6, 1))),
                HasSubstr("it is out of order"));
    for (const Record& odd : {record("k", 2, 4, 2), record("k", 2, 4, 4), record("k", 3, 4, 3),
                              record("k", 4, 4, 1), record("l", 4, 4, 2), record("l", 3, 4, 1)})
        EXPECT_THAT(refusal(old, change(odd)), HasSubstr("does not follow"));
    EXPECT_THAT(refusal(change(removed("k", 4))), HasSubstr("was not there"));
    EXPECT_THAT(refusal(base(removed("k", 4)), change(removed("k", 6))), HasSubstr("was not there"));
}

TEST_F(Builder, RefusesARemovalThatNothingFollows) {
    EXPECT_EQ(refusal_of_all(base(removed("k", 4))), "a key is told to be removed, and nothing else");
}

TEST_F(Builder, RefusesLeasesThatCannotBe) {
    EXPECT_EQ(refusal(lease(0)), "lease 0: it makes no sense");
    EXPECT_EQ(refusal(lease(1, seconds{-1})), "lease 1: it makes no sense");
    EXPECT_EQ(refusal(lease(1, seconds{1}, ClusterTime{-1})), "lease 1: it makes no sense");
    EXPECT_EQ(refusal(lease(1), lease(1)), "lease 1: it is there already");
    EXPECT_EQ(refusal_of_all(base(record("k", 2, 2, 1, LeaseId{7})), lease(6)),
              "lease 7: a key names it, and it is not there");
    EXPECT_EQ(refusal_of_all(change(record("k", 6, 6, 1, LeaseId{7}))),
              "lease 7: a key names it, and it is not there");
}

TEST_F(Builder, RefusesDeadlinesThatCannotBe) {
    EXPECT_THAT(refusal(deadline("k", ClusterTime{-1})), HasSubstr("it makes no sense"));
    EXPECT_THAT(refusal(deadline("k"), deadline("k")), HasSubstr("it is there already"));
    EXPECT_THAT(refusal_of_all(deadline("k")), HasSubstr("of no live key"));
    EXPECT_THAT(refusal_of_all(base(record("k", 2, 2, 1)), deadline("k"), change(removed("k", 6))),
                HasSubstr("of no live key"));
    EXPECT_THAT(refusal_of_all(base(record("k", 2, 2, 1, LeaseId{7})), lease(7), deadline("k")),
                HasSubstr("or of one with a lease"));
}

TEST_F(Builder, RefusesSessionsThatCannotBe) {
    EXPECT_THAT(refusal(session(0, seconds{1}, 1)), HasSubstr("it makes no sense"));
    EXPECT_THAT(refusal(session(3, seconds{1}, 0)), HasSubstr("it makes no sense"));
    EXPECT_THAT(refusal(session(3, seconds{101}, 1)), HasSubstr("it makes no sense"));
    EXPECT_THAT(refusal(session(3, seconds{-1}, 1)), HasSubstr("it makes no sense"));
    const auto good = session(3, seconds{1}, 4);
    EXPECT_THAT(refusal(good, good), HasSubstr("session of client 3: it is there already"));
    EXPECT_EQ(refusal(outcome(4)), "an outcome of no session");
    EXPECT_EQ(refusal(good, outcome(4), outcome(6)), "nothing");
    EXPECT_THAT(refusal(good, outcome(3)), HasSubstr("out of order"));
    EXPECT_THAT(refusal(good, outcome(4), outcome(4)), HasSubstr("out of order"));
    EXPECT_THAT(refusal(good, outcome(4, ok(10))), HasSubstr("outcome 4 makes no sense"));
    EXPECT_THAT(refusal(good, outcome(4, refused(Code::stale_request, 5))), HasSubstr("makes no sense"));
    const auto answer = std::make_shared<const Answer>(Answer{IncrementAnswer{1}});
    EXPECT_THAT(refusal(good, outcome(4, {Code::overflow, Revision{5}, 0, answer})),
                HasSubstr("makes no sense"));
}

TEST_F(Builder, RefusesHeadersThatCannotBe) {
    const ImageHeader good = header_;
    const auto refused = [&] { return refusal_of_all().starts_with("its revisions or times"); };
    header_.compacted = Revision{10};
    EXPECT_TRUE(refused());
    header_ = good;
    header_.revision = Revision{~std::uint64_t{0}};
    EXPECT_TRUE(refused()) << "there is none after it";
    header_ = good;
    header_.marks = {{seconds{2}, Revision{3}}, {seconds{1}, Revision{4}}};
    EXPECT_TRUE(refused());
    header_.marks = {{seconds{1}, Revision{3}}, {seconds{2}, Revision{3}}};
    EXPECT_TRUE(refused());
    header_.marks = {{seconds{101}, Revision{3}}};
    EXPECT_TRUE(refused());
    header_.marks = {{seconds{1}, Revision{10}}};
    EXPECT_TRUE(refused());
    header_.marks = {{seconds{1}, Revision{3}}, {seconds{2}, Revision{4}}};
    EXPECT_FALSE(refused());
}

TEST_F(Builder, RefusesWhatDoesNotComeToTheHeader) {
    EXPECT_EQ(refusal_of_all(base(record("k", 2, 2, 1))), "it has 1 keys, and should have 0");
    header_.key_count = 1;
    EXPECT_EQ(refusal_of_all(base(record("k", 2, 2, 1))), "its hash is not what it should be");
}

}  // namespace
}  // namespace kvbus::machine
