#include "kvctl/condition.h"

#include <utility>

#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

// An error is one line: of a long value only the beginning.
std::string shown(const std::string& value) {
    constexpr std::size_t shown_max = 64;
    if (value.size() <= shown_max) return go_quoted(value);
    return go_quoted(value.substr(0, shown_max)) + "… (" + std::to_string(value.size()) + " bytes)";
}

}  // namespace

Txn put_if(Compare compare, TxnPut put) {
    Txn txn;
    txn.failure.push_back({TxnGet{put.key}});
    txn.compares.push_back(std::move(compare));
    txn.success.push_back({std::move(put)});
    return txn;
}

std::string what_is_there(const std::string& key, const TxnResult& result) {
    const GetResult* got =
        result.results.empty() ? nullptr : std::get_if<GetResult>(&result.results.front().body);
    if (got == nullptr || got->kvs.empty()) return "there is no " + go_quoted(key);
    const KeyValue& entry = got->kvs.front();
    return go_quoted(key) + " holds " + shown(entry.value) + ", of revision " +
           std::to_string(entry.mod_revision.value);
}

}  // namespace kvbus::kvctl
