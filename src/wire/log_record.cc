#include "wire/log_record.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "wire/big_endian.h"
#include "wire/stored_record.h"

namespace kvbus::wire {
std::uint64_t chain_hash(std::uint64_t previous, const raft::Entry& entry) {
    std::array<char, 25> head{};
    store_big_endian(head.data(), previous);
    store_big_endian(head.data() + 8, entry.id.index.value);
    store_big_endian(head.data() + 16, entry.id.term.value);
    head[24] = static_cast<char>(entry.type);
    return hash_bytes(entry.data.view(), hash_bytes({head.data(), head.size()}));
}

void encode_log_record(std::string& out, const raft::Entry& entry, std::uint64_t chain) {
    Packer packer = open_stored_record(out, 5);
    packer.uint(entry.id.term.value);
    packer.uint(static_cast<std::uint64_t>(entry.type));
    packer.uint(chain);
    packer.bytes(entry.data.view());
}

Result<LogRecord> decode_log_record(Index index, std::string_view bytes) {
    StoredRecord record("record", bytes);
    LogRecord result;
    result.entry.id = {Term{record.fields().uint()}, index};
    const std::uint64_t type = record.fields().uint();
    result.chain = record.fields().uint();
    const std::string_view data = record.fields().bytes();
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    if (type > static_cast<std::uint64_t>(raft::EntryType::commands)) {
        return Error{Code::unsupported,
                     "the record is of type " + std::to_string(type) +
                         ", which only a newer version of kvbus knows; start that version"};
    }
    result.entry.type = static_cast<raft::EntryType>(type);
    result.entry.data = Blob::copy_of(data);
    return result;
}

void encode_hard_state(std::string& out, const raft::HardState& hard_state) {
    Packer packer = open_stored_record(out, 4);
    packer.uint(hard_state.term.value);
    packer.uint(hard_state.vote.value);
    packer.uint(hard_state.commit.value);
}

Result<raft::HardState> decode_hard_state(std::string_view bytes) {
    StoredRecord record("term and vote", bytes);
    raft::HardState result;
    result.term = Term{record.fields().uint()};
    result.vote = NodeId{record.fields().uint()};
    result.commit = Index{record.fields().uint()};
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    return result;
}

void encode_log_start(std::string& out, const LogStart& start) {
    Packer packer = open_stored_record(out, 4);
    packer.uint(start.previous.term.value);
    packer.uint(start.previous.index.value);
    packer.uint(start.chain);
}

Result<LogStart> decode_log_start(std::string_view bytes) {
    StoredRecord record("start of the log", bytes);
    LogStart result;
    result.previous.term = Term{record.fields().uint()};
    result.previous.index = Index{record.fields().uint()};
    result.chain = record.fields().uint();
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    return result;
}

Identity restored_from(Identity configured, std::uint64_t origin) {
    if (origin == 0) return configured;
    std::array<char, 16> ids{};
    store_big_endian(ids.data(), configured.cluster.value);
    store_big_endian(ids.data() + 8, origin);
    configured.cluster = ClusterId{std::max<std::uint64_t>(1, hash_bytes({ids.data(), ids.size()}))};
    configured.origin = origin;
    return configured;
}

void encode_identity(std::string& out, const Identity& identity) {
    Packer packer = open_stored_record(out, 5);
    packer.uint(identity.cluster.value);
    packer.uint(identity.node.value);
    packer.text(identity.node_name);
    packer.uint(identity.origin);
}

Result<Identity> decode_identity(std::string_view bytes) {
    StoredRecord record("identity", bytes);
    Identity result;
    result.cluster = ClusterId{record.fields().uint()};
    result.node = NodeId{record.fields().uint()};
    result.node_name = record.fields().bytes();
    result.origin = record.fields().uint_or(0);
    if (auto finished = record.finish(); !finished.ok()) return finished.error();
    return result;
}

}  // namespace kvbus::wire
