// Transactions as text, as etcdctl reads them: lines of comparisons, an empty line, the requests for when all
// of them hold, an empty line, the requests for when not, an empty line.
//
//     mod("name") = "0"
//
//     put name me
//
//     get name
//
// Pure: nothing is asked of a cluster. Errors name the line and what would be right.
#pragma once

#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/operations.h>

namespace kvbus::kvctl {

// create("key") = "5": the targets are create, mod, version, value and lease, the relations = != < >.
[[nodiscard]] Result<Compare> parse_compare(std::string_view line);

// The words of a line: "…" with Go's escapes, '…' as it stands, or anything without a space.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

// put, get, del, incr and append with the flags of those commands.
[[nodiscard]] Result<TxnOperation> parse_request(std::string_view line);

// Tells the prompt of each section before its first line is read.
[[nodiscard]] Result<Txn> read_txn(
    std::istream& in, const std::function<void(std::string_view)>& prompt = [](auto) {});

}  // namespace kvbus::kvctl
