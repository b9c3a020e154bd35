#include "sim/watch_check.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "scenario/violation.h"
#include "sim/entries.h"

namespace kvbus::sim {
namespace {

using scenario::Violation;
using testing::entry_of;
using ::testing::HasSubstr;
using testing::put;
using testing::remove;
using ::testing::ThrowsMessage;

constexpr std::string_view all{"\0", 1};

wire::WatchedEvent put_event(std::string key, std::string value, std::uint64_t create, std::uint64_t mod,
                             std::uint64_t version) {
    return {true, {std::move(key), std::move(value), Revision{create}, Revision{mod}, version}, {}};
}
wire::WatchedEvent removal(std::string key, std::uint64_t mod) {
    return {false, {.key = std::move(key), .mod_revision = Revision{mod}}, {}};
}

// a = 1 at revision 2, b = 2 at 3, a = 3 at 4, and both removed at 5.
class WatchCheck : public ::testing::Test {
  protected:
    WatchCheck() {
        committed_.apply(entry_of(Index{1}, {put("a", "1"), put("b", "2"), put("a", "3"), remove("a", "c")}));
    }
    static wire::WatchRequest from(std::uint64_t revision, std::uint64_t offset = 0) {
        return {.key = all, .range_end = all, .from = Revision{revision}, .offset = offset};
    }
    void expect_right(const wire::WatchRequest& request, const wire::WatchReply& reply) const {
        EXPECT_NO_THROW(check_watch_reply(committed_, request, reply));
    }
    void expect_wrong(const wire::WatchRequest& request, const wire::WatchReply& reply,
                      const char* text = "and the log has") const {
        EXPECT_THAT([&] { check_watch_reply(committed_, request, reply); },
                    ThrowsMessage<Violation>(HasSubstr(text)));
    }

    Committed committed_;
    const wire::WatchedEvent a1_ = put_event("a", "1", 2, 2, 1);
    const wire::WatchedEvent b2_ = put_event("b", "2", 3, 3, 1);
    const wire::WatchedEvent a3_ = put_event("a", "3", 2, 4, 2);
    const wire::WatchedEvent no_a_ = removal("a", 5);
    const wire::WatchedEvent no_b_ = removal("b", 5);
};

TEST_F(WatchCheck, AllThatStandsBetweenTwoPlacesIsRight) {
    expect_right(from(2), {Revision{6}, 0, {a1_, b2_, a3_, no_a_, no_b_}});
    expect_right(from(3), {Revision{5}, 0, {b2_, a3_}});
    expect_right(from(6), {Revision{6}, 0, {}});
    expect_right(from(0), {Revision{6}, 0, {}});
}

TEST_F(WatchCheck, AGapADuplicateAndAnotherOrderAreSeen) {
    expect_wrong(from(2), {Revision{5}, 0, {a1_, a3_}});
    expect_wrong(from(2), {Revision{5}, 0, {a1_, a1_, b2_, a3_}});
    expect_wrong(from(2), {Revision{5}, 0, {b2_, a1_, a3_}});
    expect_wrong(from(2), {Revision{5}, 0, {a1_, b2_}});
    expect_wrong(from(2), {Revision{4}, 0, {a1_, b2_, a3_}});
    expect_wrong(from(2), {Revision{4}, 0, {}});
}

TEST_F(WatchCheck, ARevisionMayBeSplitIfThatIsSaid) {
    expect_right(from(5), {Revision{5}, 1, {no_a_}});
    expect_right(from(5, 1), {Revision{6}, 0, {no_b_}});
    expect_wrong(from(5), {Revision{6}, 0, {no_a_}});
    expect_wrong(from(5, 1), {Revision{6}, 0, {no_a_, no_b_}});
    expect_wrong(from(5), {Revision{5}, 2, {no_a_, no_b_}}, "of which there is no more");
}

TEST_F(WatchCheck, OnlyWhatWasAskedForIsTold) {
    wire::WatchRequest request{.key = "a", .from = Revision{2}};
    expect_right(request, {Revision{6}, 0, {a1_, a3_, no_a_}});
    expect_wrong(request, {Revision{6}, 0, {a1_, b2_, a3_, no_a_, no_b_}});
    request.no_put = true;
    expect_right(request, {Revision{6}, 0, {no_a_}});
    request.no_put = false;
    request.no_delete = true;
    expect_right(request, {Revision{6}, 0, {a1_, a3_}});
    expect_wrong(request, {Revision{6}, 0, {a1_, a3_, no_a_}});
    request.keys_only = true;
    expect_wrong(request, {Revision{6}, 0, {a1_, a3_}});
}

TEST_F(WatchCheck, WhatWasThereBeforeIsToldIfItIsWanted) {
    wire::WatchRequest request = from(4);
    wire::WatchedEvent a3 = a3_;
    a3.previous = a1_.kv;
    expect_wrong(request, {Revision{5}, 0, {a3}});
    request.prev_kv = true;
    expect_right(request, {Revision{5}, 0, {a3}});
    expect_wrong(request, {Revision{5}, 0, {a3_}});
}

TEST_F(WatchCheck, NoReplyComesFromTheFutureOrGoesBack) {
    expect_wrong(from(6), {Revision{7}, 0, {}}, "goes on at revision 7");
    expect_wrong(from(3), {Revision{2}, 0, {}}, "goes on at revision 2");
    expect_wrong(from(0), {Revision{6}, 0, {a1_}}, "begins with what was before");
}

TEST_F(WatchCheck, OnlyWhatIsCompactedIsRefusedAsThat) {
    using namespace std::chrono_literals;
    committed_.compacted_by_itself(Revision{3}, Instant{} + 5ms);
    const auto refuse = [&](std::uint64_t from_revision, std::uint64_t first, Duration at) {
        check_watch_compacted(committed_, from(from_revision),
                              {.code = Code::compacted, .message = {}, .first_revision = first},
                              Instant{} + at);
    };
    EXPECT_NO_THROW(refuse(3, 4, 5ms));
    EXPECT_THROW(refuse(3, 4, 4ms), Violation);
    EXPECT_THROW(refuse(4, 4, 5ms), Violation);
    EXPECT_THROW(refuse(3, 5, 5ms), Violation);
}

}  // namespace
}  // namespace kvbus::sim
