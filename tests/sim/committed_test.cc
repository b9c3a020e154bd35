#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "node/apply.h"
#include "scenario/violation.h"
#include "sim/entries.h"
#include "sim/model.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using testing::entry_of;
using testing::put;
using testing::remove;

constexpr std::string_view everything{"\0", 1};

TEST(Model, KnowsTheRevisionAfterEachEntry) {
    Model model;
    EXPECT_EQ(model.applied(), Index{});
    model.apply({{Term{1}, Index{1}}, raft::EntryType::no_op, {}});
    model.apply(entry_of(Index{2}, {put("a", "1"), put("b", "2")}));
    model.apply(entry_of(Index{3}, {remove("nothing")}));
    model.apply(entry_of(Index{4}, {remove("a", "z")}));
    EXPECT_EQ(model.applied(), Index{4});
    const std::uint64_t revisions[] = {1, 1, 3, 3, 4};
    for (std::uint64_t index = 0; index <= 4; ++index)
        EXPECT_EQ(model.revision_at(Index{index}), Revision{revisions[index]}) << index;
}

TEST(Model, KnowsEveryVersionThereEverWas) {
    Model model;
    model.apply(entry_of(Index{1}, {put("a", "1"), put("a", "2"), remove("a"), put("a", "3")}));
    ASSERT_NE(model.find("a", Revision{2}), nullptr);
    ASSERT_NE(model.find("a", Revision{3}), nullptr);
    EXPECT_EQ(model.find("a", Revision{3})->value, "2");
    EXPECT_EQ(model.find("a", Revision{3})->version, 2U);
    EXPECT_EQ(model.find("a", Revision{3})->create_revision, Revision{2});
    EXPECT_EQ(model.find("a", Revision{4}), nullptr) << "it was removed there";
    ASSERT_NE(model.find("a", Revision{5}), nullptr);
    EXPECT_EQ(model.find("a", Revision{5})->version, 1U) << "a new key of the same name";
    EXPECT_EQ(model.find("b", Revision{2}), nullptr);
}

// "a=1@2" for each key.
std::string text_of(const std::vector<machine::Record>& records) {
    std::string text;
    for (const machine::Record& record : records) {
        text += text.empty() ? "" : " ";
        text += std::string{record.key} + "=" + std::string{record.value} + "@" +
                std::to_string(record.mod_revision.value);
    }
    return text;
}

TEST(Model, KnowsWhatThereWasAtEveryRevision) {
    Model model;
    model.apply(entry_of(Index{1}, {put("a", "1"), put("c", "2"), remove("a"), put("b", "3")}));
    model.apply(entry_of(Index{2}, {remove("b", "z"), remove("b", "z"), put("c", "4")}));
    const char* at[] = {"", "", "a=1@2", "a=1@2 c=2@3", "c=2@3", "b=3@5 c=2@3", "", "c=4@7"};
    for (std::uint64_t revision = 1; revision < std::size(at); ++revision)
        EXPECT_EQ(text_of(model.range_at(Revision{revision}, everything, everything)), at[revision])
            << revision;
    EXPECT_EQ(model.revision(), Revision{7});
    EXPECT_EQ(text_of(model.range_at(Revision{5}, "b", "c")), "b=3@5");
    EXPECT_EQ(text_of(model.range_at(Revision{5}, "c", {})), "c=2@3");
    EXPECT_EQ(text_of(model.range_at(Revision{5}, "bb", everything)), "c=2@3");
    EXPECT_EQ(text_of(model.range_at(Revision{5}, "c", "b")), "") << "a range that ends before it begins";
}

TEST(Model, KnowsWhatEachCommandCameTo) {
    Model model;
    model.apply(entry_of(Index{1}, {put("a", "1", 9, 1), put("b", "2", 9, 2), remove("a", "z", 9, 3)}));
    model.apply(entry_of(Index{2}, {remove("a", "z", 9, 3), remove("a", {}, 9, 4), remove("a")}));
    EXPECT_EQ(model.outcome_of(ClientId{9}, Sequence{2}), (machine::Outcome{Code::ok, Revision{3}, 0}));
    EXPECT_EQ(model.outcome_of(ClientId{9}, Sequence{3}), (machine::Outcome{Code::ok, Revision{4}, 2}))
        << "as the first time";
    EXPECT_EQ(model.outcome_of(ClientId{9}, Sequence{4}), (machine::Outcome{Code::ok, Revision{4}, 0}))
        << "what removes nothing makes no revision";
    EXPECT_EQ(model.outcome_of(ClientId{9}, Sequence{5}), std::nullopt);
    EXPECT_EQ(model.outcome_of(ClientId{8}, Sequence{1}), std::nullopt);
    ASSERT_EQ(model.removals().size(), 3U);
    EXPECT_EQ(model.removals()[0].sequence, Sequence{3});
    EXPECT_FALSE(model.removals()[2].client);
    EXPECT_EQ(model.removals()[2].key, "a");
}

TEST(Model, ARetryChangesNothingAndIsCounted) {
    Model model;
    model.apply(entry_of(Index{1}, {put("a", "1", 9, 1), put("a", "1", 9, 1)}));
    model.apply(entry_of(Index{2}, {put("a", "1", 9, 1), put("a", "1", 8, 1)}));
    EXPECT_EQ(model.revision_at(Index{2}), Revision{3});
    EXPECT_EQ(model.retries_met(), 2U);
    EXPECT_EQ(model.puts().at("1"), 2U) << "of two clients";
}

TEST(Model, WhatAClientGaveUpIsNeverApplied) {
    Model model;
    model.apply(entry_of(Index{1}, {put("a", "new", 9, 3, 3)}));
    model.apply(entry_of(Index{2}, {put("a", "old", 9, 2, 1)}));
    EXPECT_EQ(model.revision_at(Index{2}), Revision{2});
    EXPECT_FALSE(model.puts().contains("old"));
}

TEST(Model, RefusesAnEntryThatIsNoBatch) {
    Model model;
    EXPECT_THROW(model.apply({{Term{1}, Index{1}}, raft::EntryType::commands, Blob::copy_of("\xc1")}),
                 Violation);
}

TEST(Model, SeesAMachineThatHoldsAnythingElse) {
    const auto base = entry_of(Index{1}, {put("a", "1"), put("b", "2")});
    const machine::Command deviations[] = {put("a", "x"), put("c", "1"), remove("b"), put("a", "1")};
    for (const machine::Command& deviation : deviations) {
        Model model;
        machine::Machine machine;
        model.apply(base);
        ASSERT_TRUE(node::apply_entry(machine, base).ok());
        EXPECT_NO_THROW(model.compare(machine));
        (void)machine.apply(deviation);
        EXPECT_THROW(model.compare(machine), Violation);
    }
}

TEST(Model, SeesValuesKeysAndRevisionsThatDifferAtTheSameRevision) {
    const auto expected = entry_of(Index{1}, {put("a", "1"), put("b", "2")});
    for (const auto& other : {entry_of(Index{1}, {put("a", "1"), put("b", "3")}),
                              entry_of(Index{1}, {put("a", "1"), put("c", "2")}),
                              entry_of(Index{1}, {put("b", "2"), put("a", "1")}),
                              entry_of(Index{1}, {put("a", "1"), put("a", "2")})}) {
        Model model;
        machine::Machine machine;
        model.apply(expected);
        ASSERT_TRUE(node::apply_entry(machine, other).ok());
        EXPECT_EQ(machine.revision(), model.revision_at(Index{1}));
        EXPECT_THROW(model.compare(machine), Violation);
    }
}

TEST(Model, SeesAVersionThatDiffersAndNothingElse) {
    Model model;
    machine::Machine machine;
    model.apply(entry_of(Index{1}, {put("b", ""), put("a", ""), put("a", ""), put("a", ""), remove("b")}));
    const auto other =
        entry_of(Index{1}, {put("b", ""), put("a", ""), put("b", ""), put("a", ""), remove("b")});
    ASSERT_TRUE(node::apply_entry(machine, other).ok());
    EXPECT_THROW(model.compare(machine), Violation);
}

// --- against the machine -----------------------------------------------------------------------------------

// A write that some client may send again.
struct Sent {
    std::string key, text;
    bool is_put = true;
    std::uint64_t client = 0;
    std::uint64_t sequence = 0;
    std::uint64_t first_unanswered = 0;

    [[nodiscard]] machine::Command command() const {
        machine::Command command = is_put ? put(key, text) : remove(key, text);
        command.client = ClientId{client};
        command.sequence = Sequence{sequence};
        command.first_unanswered = Sequence{first_unanswered};
        return command;
    }
};

// Clients that write, write again, give up and go on, with and without sessions.
class Load {
  public:
    explicit Load(std::uint64_t seed) : random_(seed) {}

    Sent next() {
        if (!sent_.empty() && random_.chance(0.3)) return sent_[random_.below(sent_.size())];  // a retry
        Sent sent{.key = "k" + std::to_string(random_.below(8)), .text = {}, .is_put = random_.chance(0.7)};
        if (sent.is_put) {
            sent.text = std::to_string(++values_);
            sent.text.resize(random_.below(200) + sent.text.size(), '.');
        } else if (random_.chance(0.5)) {
            sent.text =
                random_.chance(0.2) ? std::string{everything} : "k" + std::to_string(random_.below(9));
        }
        if (random_.chance(0.2)) return sent;
        auto& client = clients_[random_.below(std::size(clients_))];
        sent.client = 1 + static_cast<std::uint64_t>(&client - clients_);
        sent.sequence = ++client.last;
        if (random_.chance(0.3)) client.first = random_.between(client.first, client.last);
        sent.first_unanswered = client.first;
        sent_.push_back(sent);
        return random_.chance(0.2) ? next()
                                   : sent;  // lost on its way, and perhaps given up before it is retried
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

  private:
    struct Client {
        std::uint64_t first = 1, last = 0;
    };
    Random random_;
    Client clients_[3];
    std::vector<Sent> sent_;
    std::uint64_t values_ = 0;
};

class ModelAgainstMachine : public ::testing::TestWithParam<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(, ModelAgainstMachine, ::testing::Range<std::uint64_t>(1, 11));

TEST_P(ModelAgainstMachine, BothHoldTheSameAfterEveryEntry) {
    Load load(GetParam());
    Model model;
    machine::Machine machine;
    std::uint64_t stale = 0;
    for (std::uint64_t index = 1; index <= 500; ++index) {
        std::vector<Sent> sent(1 + load.below(8));
        std::ranges::generate(sent, [&] { return load.next(); });
        std::vector<machine::Command> commands;
        std::ranges::transform(sent, std::back_inserter(commands), &Sent::command);
        const raft::Entry entry = entry_of(Index{index}, commands);
        std::vector<machine::Outcome> outcomes;
        const auto applied = node::apply_entry(
            machine, entry,
            [&](const auto&, const machine::Outcome& outcome) { outcomes.push_back(outcome); });
        ASSERT_TRUE(applied.ok());
        model.apply(entry);
        ASSERT_NO_THROW(model.compare(machine)) << "after entry " << index;
        ASSERT_EQ(model.revision_at(Index{index}), machine.revision());
        for (std::size_t i = 0; i < sent.size(); ++i) {
            if (outcomes[i].code == Code::stale_request) ++stale;
            if (sent[i].client != 0 && outcomes[i].code == Code::ok) {
                EXPECT_EQ(model.outcome_of(ClientId{sent[i].client}, Sequence{sent[i].sequence}),
                          outcomes[i]);
            }
            if (!sent[i].is_put || outcomes[i].code != Code::ok) continue;
            const auto* version = model.find(sent[i].key, outcomes[i].revision);
            ASSERT_NE(version, nullptr) << "a put, or its retry, tells the revision at which it is found";
            EXPECT_EQ(version->value, sent[i].text);
        }
    }
    EXPECT_GT(model.retries_met(), 20U) << "the load must be worth something";
    EXPECT_GT(stale, 20U);
    EXPECT_GT(machine.revision(), Revision{500});
}

}  // namespace
}  // namespace kvbus::sim
