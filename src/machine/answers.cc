#include "machine/answers.h"

#include <vector>

#include "machine/machine.h"

namespace kvbus::machine {
namespace {

std::uint64_t memory_of(const std::vector<KeyValue>& records) {
    std::uint64_t bytes = 0;
    for (const KeyValue& record : records)
        bytes += sizeof record + record.key.size() + record.value.size();
    return bytes;
}

std::uint64_t memory_behind(const PutAnswer& answer) {
    return memory_of(answer.previous);
}
std::uint64_t memory_behind(const DeleteAnswer& answer) {
    return memory_of(answer.previous);
}
std::uint64_t memory_behind(const RangeAnswer& answer) {
    return memory_of(answer.kvs);
}
std::uint64_t memory_behind(const TxnAnswer& answer) {
    std::uint64_t bytes = 0;
    for (const Answer& inner : answer.answers)
        bytes += memory_of(inner);
    return bytes;
}
std::uint64_t memory_behind(const CampaignAnswer& answer) {
    return answer.key.size();
}
template <class Body>  // Append, Increment and leases: numbers only
std::uint64_t memory_behind(const Body&) {
    return 0;
}

}  // namespace

std::uint64_t memory_of(const Answer& answer) {
    return sizeof answer + std::visit([](const auto& body) { return memory_behind(body); }, answer.body);
}

KeyValue owned(const Record& record) {
    return {std::string(record.key), std::string(record.value),
            record.create_revision,  record.mod_revision,
            record.version,          record.lease};
}

}  // namespace kvbus::machine
