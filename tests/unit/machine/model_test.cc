// The machine against a model so simple that it is obviously right: the same random commands must give the
// same answers, the same revisions and the same records.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/machine/support.h"

namespace kvbus::machine {
namespace {

constexpr Limits limits{
    .sessions_max = 5, .unanswered_max = 16, .session_idle_max = std::chrono::seconds{10}};

class Model {
  public:
    void advance(ClusterTime time) {
        time_ = std::max(time_, time);
        std::erase_if(sessions_, [&](const auto& session) {
            return time_ - session.second.last_use > limits.session_idle_max;
        });
    }

    Outcome apply(const Command& command) {
        if (!command.client) return write(command);
        const bool known = sessions_.contains(command.client);
        if (!known && sessions_.size() == limits.sessions_max) return {Code::overloaded, revision_, 0};
        Session& session = sessions_[command.client];
        session.last_use = time_;
        session.first = std::max(session.first, command.first_unanswered);
        if (command.sequence < session.first) return {Code::stale_request, revision_, 0};
        if (command.sequence >= session.first + limits.unanswered_max)
            return {Code::overloaded, revision_, 0};
        if (!session.outcomes.contains(command.sequence)) session.outcomes[command.sequence] = write(command);
        return session.outcomes[command.sequence];
    }

    [[nodiscard]] std::vector<std::string> range(const RangeQuery& query) const {
        std::vector<std::string> found;
        for (const auto& [key, content] : keys_) {
            if (!covers(query.key, query.range_end, key)) continue;
            found.push_back(key + "=" + content.value + " " + std::to_string(content.create) + "/" +
                            std::to_string(content.mod) + "/" + std::to_string(content.version));
        }
        return found;
    }

    [[nodiscard]] Revision revision() const { return revision_; }
    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }
    [[nodiscard]] std::size_t key_count() const { return keys_.size(); }
    [[nodiscard]] std::size_t bytes() const {
        std::size_t bytes = 0;
        for (const auto& [key, content] : keys_)
            bytes += key.size() + content.value.size();
        return bytes;
    }

  private:
    struct Content {
        std::string value;
        std::uint64_t create = 0, mod = 0, version = 0;
    };
    struct Session {
        ClusterTime last_use{};
        Sequence first{1};
        std::map<Sequence, Outcome> outcomes;
    };

    static bool covers(std::string_view from, std::string_view range_end, std::string_view key) {
        if (range_end.empty()) return key == from;
        return key >= from && (range_end == to_the_end || key < range_end);
    }

    Outcome write(const Command& command) {
        if (const auto* put = std::get_if<Put>(&command.operation)) {
            ++revision_.value;
            Content& content = keys_[std::string(put->key)];
            if (content.version == 0) content.create = revision_.value;
            content.value = put->value;
            content.mod = revision_.value;
            ++content.version;
            return {Code::ok, revision_, 0};
        }
        const auto& remove = std::get<Delete>(command.operation);
        const auto deleted = std::erase_if(
            keys_, [&](const auto& key) { return covers(remove.key, remove.range_end, key.first); });
        if (deleted > 0) ++revision_.value;
        return {Code::ok, revision_, deleted};
    }

    std::map<std::string, Content> keys_;
    std::map<ClientId, Session> sessions_;
    Revision revision_{1};
    ClusterTime time_{};
};

// Few distinct keys, many of them prefixes of each other, some of them binary.
std::string random_key(Random& random) {
    constexpr std::string_view alphabet{"\0ab\xff", 4};
    std::string key = random.chance(0.5) ? "" : "sharing more than eight bytes";
    for (std::uint64_t size = random.between(1, 4); size > 0; --size)
        key += alphabet[random.below(alphabet.size())];
    return key;
}

std::string random_range_end(Random& random, const std::string& key) {
    switch (random.below(5)) {
        case 0:
            return random_key(random);
        case 1:
            return key + "b";
        case 2:
            return random.chance(0.1) ? std::string(to_the_end) : "";
        default:
            return "";
    }
}

Command random_command(Random& random, std::string& key, std::string& second) {
    key = random_key(random);
    const bool is_put = random.chance(0.8);
    second = is_put ? std::string(random.below(random.chance(0.05) ? 3000 : 40), 'v')
                    : random_range_end(random, key);
    Command command = is_put ? put(key, second) : remove(key, second);
    if (random.chance(0.3)) return command;
    // Windows of sequences that move on and overlap: retries, gaps, stale ones and too new ones.
    static_assert(limits.unanswered_max == 16);
    const std::uint64_t first = 1 + random.below(200);
    return by(1 + random.below(8), first + random.below(20), first, command);
}

class ModelTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ModelTest, GivesTheSameAnswers) {
    Random random(GetParam());
    Machine machine(limits);
    Model model;
    ClusterTime time{};
    for (int step = 0; step < 50'000; ++step) {
        if (random.chance(0.01)) {
            time += std::chrono::milliseconds{random.below(8000)};
            machine.advance(time);
            model.advance(time);
        }
        std::string key;
        std::string second;
        const Command command = random_command(random, key, second);
        ASSERT_EQ(machine.apply(command), model.apply(command)) << "step " << step;

        if (random.chance(0.2)) {
            const std::string from = random_key(random);
            const std::string range_end = random_range_end(random, from);
            const RangeQuery query{.key = from,
                                   .range_end = range_end,
                                   .limit = random.below(4),
                                   .count_only = random.chance(0.2)};
            auto expected = model.range(query);
            const RangeResult result = machine.range(query);
            ASSERT_EQ(result.count, expected.size()) << "step " << step;
            if (query.limit > 0) expected.resize(std::min<std::size_t>(query.limit, expected.size()));
            if (query.count_only) expected.clear();
            ASSERT_EQ(lines(result), expected) << "step " << step;
        }
        ASSERT_EQ(machine.revision(), model.revision()) << "step " << step;
        ASSERT_EQ(machine.session_count(), model.session_count()) << "step " << step;
        ASSERT_EQ(machine.key_count(), model.key_count()) << "step " << step;
        ASSERT_EQ(machine.bytes(), model.bytes()) << "step " << step;
    }
    ASSERT_EQ(everything(machine), model.range({to_the_end, to_the_end}));
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Values(1, 2, 3));

// A second machine that is fed the same log has the same hash at every step: nothing depends on addresses, on
// the time of day or on the order of a hash table.
TEST(Determinism, TheSameLogGivesTheSameHash) {
    Random random(7);
    Machine one(limits);
    Machine other(limits);
    for (int step = 0; step < 20'000; ++step) {
        std::string key;
        std::string second;
        const Command command = random_command(random, key, second);
        ASSERT_EQ(one.apply(command), other.apply(command));
        ASSERT_EQ(one.state_hash(), other.state_hash());
    }
}

// The running sum equals the hash of a machine that was given the surviving records alone.
TEST(Determinism, TheHashHasNoMemory) {
    Random random(8);
    Machine long_way;
    for (int step = 0; step < 20'000; ++step) {
        std::string key;
        std::string second;
        Command command = random_command(random, key, second);
        command.client = {};
        long_way.apply(command);
    }
    long_way.apply(remove(to_the_end, to_the_end));
    const std::uint64_t revision = long_way.revision().value;
    long_way.apply(put("a", "1"));

    Machine short_way;
    while (short_way.revision().value < revision - 1)
        short_way.apply(put("x", "y"));
    short_way.apply(remove("x"));
    ASSERT_EQ(short_way.revision().value, revision);
    short_way.apply(put("a", "1"));
    EXPECT_EQ(long_way.state_hash(), short_way.state_hash());
    EXPECT_EQ(long_way.bytes(), short_way.bytes());
}

}  // namespace
}  // namespace kvbus::machine
