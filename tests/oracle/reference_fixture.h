// A reference machine, and short words for asking it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oracle/describe.h"
#include "oracle/reference_machine.h"

namespace kvbus::oracle {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

inline constexpr std::string_view on{"\0", 1};  // as the end of a range: from its key on

class Reference : public ::testing::Test {
  protected:
    template <class Operation>
    machine::Outcome apply(const Operation& operation) {
        return machine_.apply({.operation = operation});
    }
    template <class Operation>
    machine::Outcome by(std::uint64_t client, std::uint64_t sequence, std::uint64_t first_unanswered,
                        const Operation& operation) {
        return machine_.apply({ClientId{client}, Sequence{sequence}, Sequence{first_unanswered}, operation});
    }
    machine::Outcome put(std::string_view key, std::string_view value) {
        return apply(machine::Put{.key = key, .value = value});
    }
    machine::Outcome put_leased(std::string_view key, std::uint64_t lease) {
        return apply(machine::Put{.key = key, .value = "v", .lease = LeaseId{lease}});
    }
    machine::Outcome put_for(std::string_view key, milliseconds ttl) {
        return apply(machine::Put{.key = key, .value = "v", .ttl = ttl});
    }
    machine::Outcome remove(std::string_view key, std::string_view range_end = {}) {
        return apply(machine::Delete{.key = key, .range_end = range_end});
    }
    machine::Outcome grant(std::uint64_t lease, milliseconds ttl) {
        return apply(machine::LeaseGrant{LeaseId{lease}, ttl});
    }
    machine::Outcome compact(std::uint64_t revision) { return apply(machine::Compact{Revision{revision}}); }

    // "key=value create/mod/version", one for each record.
    std::vector<std::string> records(const machine::RangeQuery& query) {
        std::vector<std::string> all;
        for (const KeyValue& record : machine_.range(query).answer.kvs)
            all.push_back(unquoted(describe(record)));
        return all;
    }
    std::vector<std::string> everything() { return records({.key = on, .range_end = on}); }
    std::vector<std::string> keys(const machine::RangeQuery& query) {
        std::vector<std::string> all;
        for (const KeyValue& record : machine_.range(query).answer.kvs)
            all.push_back(record.key);
        return all;
    }
    std::vector<std::string> events(std::uint64_t first) {
        std::vector<std::string> all;
        for (const Change& change : machine_.events(Revision{first}))
            all.push_back(unquoted(describe(change)));
        return all;
    }
    static std::string unquoted(std::string text) {
        std::erase(text, '"');
        return text;
    }

    ReferenceMachine machine_;
};

inline machine::Outcome ok(std::uint64_t revision, std::uint64_t deleted = 0) {
    return {Code::ok, Revision{revision}, deleted, nullptr};
}
inline machine::Outcome ok(std::uint64_t revision, machine::Answer answer, std::uint64_t deleted = 0) {
    return {Code::ok, Revision{revision}, deleted, std::make_shared<machine::Answer>(std::move(answer))};
}
inline machine::Outcome refused(Code code, std::uint64_t revision) {
    return {code, Revision{revision}, 0, nullptr};
}
inline machine::Operation do_put(std::string_view key, std::string_view value) {
    return {machine::Put{.key = key, .value = value}};
}
inline machine::Operation do_get(std::string_view key, std::uint64_t revision = 0) {
    return {machine::RangeQuery{.key = key, .revision = Revision{revision}}};
}
inline machine::Compare version_is(std::string_view key, std::uint64_t version) {
    return {.key = key, .number = version};
}
inline KeyValue record(std::string key, std::string value, std::uint64_t create, std::uint64_t mod,
                       std::uint64_t version, std::uint64_t lease = 0) {
    return {std::move(key), std::move(value), Revision{create}, Revision{mod}, version, LeaseId{lease}};
}
inline const machine::TxnAnswer& transaction(const machine::Outcome& outcome) {
    return std::get<machine::TxnAnswer>(outcome.answer->body);
}
inline const machine::RangeAnswer& range_in(const machine::Outcome& outcome, std::size_t place) {
    return std::get<machine::RangeAnswer>(transaction(outcome).answers.at(place).body);
}

}  // namespace kvbus::oracle
