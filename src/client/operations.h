// Between the operations and results of the interface and those of the state machine. The views in an
// operation point into what was given. Pure.
#pragma once

#include <string_view>

#include <kvbus/operations.h>

#include "machine/command.h"
#include "wire/client_frames.h"

namespace kvbus::client {

[[nodiscard]] machine::Put put_of(std::string_view key, std::string_view value, const PutOptions& options);
[[nodiscard]] machine::Delete remove_of(std::string_view key, const DeleteOptions& options);
[[nodiscard]] machine::RangeQuery query_of(std::string_view key, const GetOptions& options);
[[nodiscard]] machine::Txn txn_of(const Txn& txn);

// An answer that is none where there must be one, or that does not fit the transaction, gives empty results.
[[nodiscard]] PutResult put_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] DeleteResult remove_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] AppendResult append_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] IncrementResult increment_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] TxnResult txn_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] LeaseResult lease_result(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] Candidacy candidacy(const Header& header, const machine::Outcome& outcome);
[[nodiscard]] GetResult get_result(const Header& header, machine::RangeAnswer answer);

}  // namespace kvbus::client
