// Records, and what commands answer: [kind, fields…], in a reply to a transaction and in a frame that brings
// the outcome of a forwarded command. The kinds are the types of requests.
#pragma once

#include <cstddef>
#include <span>

#include <kvbus/types.h>

#include "machine/command.h"
#include "machine/machine.h"
#include "wire/fields.h"
#include "wire/pack.h"

namespace kvbus::wire {

constexpr std::size_t record_overhead_max = 56;  // bytes around key and value

void pack_record(Packer& packer, const machine::Record& record, bool keys_only);
void pack_records(Packer& packer, std::span<const KeyValue> records);
[[nodiscard]] machine::Record read_viewed_record(Fields fields);  // views into what is read
[[nodiscard]] KeyValue read_record(Fields fields);
[[nodiscard]] std::vector<KeyValue> read_records(Fields records);

void pack_answer(Packer& packer, const machine::Answer& answer);
void pack_answers(Packer& packer, std::span<const machine::Answer> answers);
[[nodiscard]] machine::Answer read_answer(Fields fields);
[[nodiscard]] machine::TxnAnswer read_txn_answer(Fields& fields);
[[nodiscard]] machine::RangeAnswer read_range_answer(Fields& fields);
[[nodiscard]] machine::LeaseAnswer read_lease_answer(Fields& fields);
[[nodiscard]] machine::CampaignAnswer read_campaign_answer(Fields& fields);

}  // namespace kvbus::wire
