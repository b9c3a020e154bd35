// How deep, and of how many parts, a transaction may be.
#include <utility>

#include <gmock/gmock.h>

#include "unit/wire/three_places.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

using machine::Compare;
using machine::Delete;
using machine::Operation;
using machine::Put;
using machine::Txn;
using ::testing::HasSubstr;

Txn nested(std::size_t levels) {
    Txn txn{.success = {{Put{.key = "k", .value = "v"}}}};
    for (; levels > 1; --levels)
        txn = Txn{.success = {{std::move(txn)}}};
    return txn;
}

TEST(Transactions, AreNestedNoDeeperThanTheirLimit) {
    const Txn deepest = nested(limits::txn_depth_max);
    EXPECT_EQ(request_again(request_of(deepest)), request_of(deepest));
    EXPECT_EQ(logged_again(logged(deepest)), logged(deepest));

    const Txn deeper = nested(limits::txn_depth_max + 1);
    EXPECT_EQ(logged_again(logged(deeper)), "");
    EXPECT_EQ(forwarded_again(forwarded(command_of(deeper))), "");
    const Error error = refusal_of(request_of(deeper));
    EXPECT_EQ(error.code, Code::too_large);
    EXPECT_THAT(error.message, HasSubstr("success[0].txn: more than 8 in each other"));
}

TEST(Transactions, HaveNoMorePartsThanTheirLimit) {
    const std::size_t half = limits::txn_parts_max / 2;
    Txn txn{.compares = std::vector(half, Compare{.key = "k"}),
            .success = {half - 1, Operation{Delete{.key = "k"}}},
            .failure = {{Delete{.key = "k"}}}};
    EXPECT_EQ(request_again(request_of(txn)), request_of(txn));
    EXPECT_EQ(logged_again(logged(txn)), logged(txn));

    txn.success[0].body = Txn{.compares = {{.key = "one more"}}};
    EXPECT_EQ(logged_again(logged(txn)), "");
    const Error error = refusal_of(request_of(txn));
    EXPECT_EQ(error.code, Code::too_large);
    EXPECT_THAT(error.message, HasSubstr("txn: more than 16384 comparisons and operations"));
}

TEST(Transactions, ARefusedOneDoesNotHideTheNextRequest) {
    const std::string bytes = request_of(nested(limits::txn_depth_max + 1)) +
                              request_of(Txn{.success = {{Put{.key = ""}}}}) +
                              array(1, 8, 7, 0, 0, 0, 0, std::vector{1, 2}) + request_of(Put{.key = "k"});
    RequestReader reader(bytes);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(std::holds_alternative<BadRequest>(reader.next()));
    EXPECT_TRUE(std::holds_alternative<Request>(reader.next()));
    EXPECT_TRUE(reader.done());
}

// A request may be written more tightly than the log writes it. The relation of limits rests on this bound.
TEST(Transactions, GrowNoMoreThanForeseenOnTheirWayToTheLog) {
    const auto growth = [](std::string_view part) {
        const std::string head("\x9a\x01\x08\x07\x00\x00\x00\x00", 8);
        const std::string request = head + (part.substr(0, 1) == "c" ? "\x91" : "\x90\x91") +
                                    std::string(part.substr(1)) +
                                    (part.substr(0, 1) == "c" ? "\x90\x90" : "\x90");
        return request_again(request).size() - request.size();
    };
    using std::string_view_literals::operator""sv;
    for (const std::string_view part :
         {"o\x92\x03\xa1k"sv, "o\x96\x03\xa1k\xa0\x00\x00\x01"sv, "o\x92\x02\xa1k"sv, "o\x92\x07\xa1k"sv,
          "o\x94\x01\xa1k\xa0\x01"sv, "o\x93\x08\x90\x90"sv, "c\x95\xa1k\xa0\x03\x00\xa0"sv}) {
        EXPECT_GT(growth(part), 0U);
        EXPECT_LE(growth(part), limits::part_growth_max);
    }
}

}  // namespace
}  // namespace kvbus::wire
