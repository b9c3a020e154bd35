// Commands, queries and answers as text that a person can read, for the messages of failed comparisons. Pure
// functions, on any thread. Bytes that do not print stand as \xHH, and long ones are cut.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machine/command.h"
#include "oracle/reference_machine.h"

namespace kvbus::oracle {

[[nodiscard]] std::string describe_bytes(std::string_view bytes);
[[nodiscard]] std::string describe(const KeyValue& record);
[[nodiscard]] std::string describe(const machine::RangeQuery& query);
[[nodiscard]] std::string describe(const machine::Compare& compare);
[[nodiscard]] std::string describe(const machine::Operation& operation);
[[nodiscard]] std::string describe(const machine::Txn& txn);
[[nodiscard]] std::string describe(const machine::Command& command);
[[nodiscard]] std::string describe(const machine::Answer& answer);
[[nodiscard]] std::string describe(const machine::Outcome& outcome);
[[nodiscard]] std::string describe(const RangeOutcome& outcome);
[[nodiscard]] std::string describe(const Change& change);
[[nodiscard]] std::string describe(const LeaseReport& lease);

}  // namespace kvbus::oracle
