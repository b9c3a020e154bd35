// Watches whatever is written, and wherever they go on: held against the history of the map.
#include <tuple>

#include <gtest/gtest.h>

#include "base/random.h"
#include "machine/key_span.h"
#include "unit/node/fake_ports.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using wire::WatchRequest;

struct Change {
    Revision revision;
    std::uint64_t index = 0;
    bool is_put = true;
    KeyValue kv;
    std::optional<KeyValue> previous;
};

std::vector<Change> history_of(const machine::Machine& machine) {
    std::vector<Change> all;
    machine.visit_events(Revision{2}, [&](const machine::Event& event) {
        const Revision revision = event.record.mod_revision;
        const std::uint64_t index =
            !all.empty() && all.back().revision == revision ? all.back().index + 1 : 0;
        all.push_back({revision, index, event.is_put, owned(event.record), {}});
        if (event.previous) all.back().previous = owned(*event.previous);
        return true;
    });
    return all;
}

// One that watches on and on, and remembers how much it had been told at each place.
struct Watcher {
    std::string name;
    std::string key, range_end;
    WatchRequest request;  // without its views
    int node = 1;
    bool asked = false;
    std::vector<wire::WatchedEvent> events;
    struct Mark {
        Revision next;
        std::uint64_t offset;
        std::size_t told;
    };
    std::vector<Mark> marks;

    [[nodiscard]] bool wants(const Change& change) const {
        return machine::KeySpan{key, range_end}.contains(change.kv.key) &&
               (change.is_put ? !request.no_put : !request.no_delete);
    }
    [[nodiscard]] std::vector<const Change*> wanted(const std::vector<Change>& all, const Mark& until) const {
        std::vector<const Change*> wanted;
        for (const Change& change : all) {
            if (std::pair(change.revision, change.index) < std::pair(until.next, until.offset) &&
                wants(change))
                wanted.push_back(&change);
        }
        return wanted;
    }
};

class RandomWatching : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    Random random{GetParam()};
    Cluster cluster{3};
    std::vector<Watcher> watchers;

    std::string key() {
        return std::string(1, static_cast<char>('a' + random.below(3))) + std::to_string(random.below(4));
    }

    machine::Change write(std::string& a, std::string& b, std::string& value) {
        a = key();
        b = key();
        value = std::string(random.below(30), 'v') + std::to_string(random.below(1000));
        switch (random.below(6)) {
            case 0:
                return machine::Delete{.key = a};
            case 1:
                return machine::Delete{.key = "b", .range_end = "c"};
            case 2:
                if (a == b) b += "x";
                return machine::Txn{.success = {{machine::Put{a, value}},
                                                {machine::Put{"c3y", value}},
                                                {machine::Put{b, value}}}};
            case 3:
                return machine::Put{.key = a, .value = value, .ttl = milliseconds{random.between(1, 40)}};
            default:
                return machine::Put{.key = a, .value = value};
        }
    }

    void ask(Watcher& watcher) {
        if (random.chance(0.5)) watcher.node = static_cast<int>(random.between(1, 3));
        watcher.request.key = watcher.key;
        watcher.request.range_end = watcher.range_end;
        watcher.request.no_wait = random.chance(0.2);
        watcher.request.bytes_max = random.chance(0.3) ? 0 : random.between(1, 150);
        cluster.request(watcher.node, watcher.name,
                        {.id = 5,
                         .timeout_ms = static_cast<std::uint32_t>(random.between(1, 60)),
                         .body = watcher.request});
        watcher.asked = true;
    }

    void collect(Watcher& watcher) {
        for (auto& reply : cluster.replies(watcher.node, watcher.name)) {
            ASSERT_TRUE(watcher.asked) << "answered twice";
            watcher.asked = false;
            auto* watch = std::get_if<wire::WatchReply>(&reply.body);
            if (watch == nullptr) continue;  // a node that is behind could not ask its leader in time
            for (auto& event : watch->events)
                watcher.events.push_back(std::move(event));
            watcher.request.from = watch->next;
            watcher.request.offset = watch->next_offset;
            watcher.marks.push_back({watch->next, watch->next_offset, watcher.events.size()});
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWatching, ::testing::Range<std::uint64_t>(1, 13));

TEST_P(RandomWatching, TellsEachChangeOnceAndInOrderWhereverItGoesOn) {
    cluster.elect(1);
    const std::string zero(1, '\0');
    const std::vector<std::pair<std::string, std::string>> ranges = {
        {"a1", ""}, {"a", "b"}, {"b", "c"}, {"a2", "c1"}, {zero, zero}, {"b2", zero}, {"c3y", ""}};
    for (std::size_t i = 0; i < 20; ++i) {
        Watcher watcher;
        watcher.name = "w" + std::to_string(i);
        std::tie(watcher.key, watcher.range_end) = ranges[i % ranges.size()];
        watcher.request.from = Revision{2};
        watcher.request.prev_kv = random.chance(0.5);
        watcher.request.no_put = random.chance(0.1);
        watcher.request.no_delete = !watcher.request.no_put && random.chance(0.1);
        watchers.push_back(watcher);
    }
    for (int step = 0; step < 600; ++step) {
        std::string a, b, value;
        for (std::uint64_t writes = random.below(4); writes > 0; --writes) {
            const auto node = static_cast<int>(random.between(1, 3));
            cluster.request(node, "writer",
                            {.id = 1, .timeout_ms = 0, .body = machine::without_session(write(a, b, value))});
        }
        for (Watcher& watcher : watchers) {
            collect(watcher);
            if (!watcher.asked && random.chance(0.7)) ask(watcher);
        }
        cluster.step();
    }
    cluster.advance(milliseconds{500});
    const auto all = history_of(cluster.node(1).machine());
    EXPECT_GT(all.size(), 300U);
    std::size_t splits = 0;
    for (Watcher& watcher : watchers) {
        for (int i = 0; i < 1000; ++i) {  // what is left, to the end
            collect(watcher);
            if (!watcher.marks.empty() && watcher.marks.back().next > cluster.node(1).machine().revision())
                break;
            if (!watcher.asked) ask(watcher);
            cluster.advance(milliseconds{1});
        }
        for (const Watcher::Mark& mark : watcher.marks) {
            if (mark.offset > 0) ++splits;
            ASSERT_EQ(watcher.wanted(all, mark).size(), mark.told) << watcher.name;
        }
        const auto wanted = watcher.wanted(all, watcher.marks.back());
        ASSERT_EQ(wanted.size(), watcher.events.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            EXPECT_EQ(watcher.events[i].is_put, wanted[i]->is_put);
            EXPECT_EQ(watcher.events[i].kv, wanted[i]->kv);
            EXPECT_EQ(watcher.events[i].previous,
                      watcher.request.prev_kv ? wanted[i]->previous : std::nullopt);
        }
    }
    EXPECT_GT(splits, 20U);
}

}  // namespace
}  // namespace kvbus::node::testing
