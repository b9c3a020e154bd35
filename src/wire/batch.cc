#include "wire/batch.h"

#include <variant>

#include "base/check.h"
#include "wire/command_fields.h"
#include "wire/cursor.h"
#include "wire/pack.h"

namespace kvbus::wire {
namespace {

constexpr std::uint64_t batch_version = 1;

// The header of a batch: an array of the version, the time in its nine-byte form, so that it can be filled in
// when the batch is complete, and limits of history other than the usual ones.
constexpr std::size_t time_offset = 3;
constexpr std::size_t header_size = time_offset + sizeof(std::int64_t);

void append_header(std::string& out, const machine::HistoryLimits& limits) {
    const bool usual = limits == machine::HistoryLimits{};
    Packer packer(out);
    packer.array(usual ? 2 : 5);
    packer.uint(batch_version);
    packer.int64(0);
    KV_CHECK(out.size() == header_size);
    if (usual) return;
    packer.uint(limits.bytes_max);
    packer.uint(limits.revisions_max);
    packer.uint(static_cast<std::uint64_t>(limits.age_max.count()));
}

machine::HistoryLimits read_limits(Fields& fields) {
    machine::HistoryLimits limits;
    limits.bytes_max = fields.uint();
    limits.revisions_max = fields.uint();
    limits.age_max = Duration{fields.integer()};
    return limits;
}

// Whoever proposes a grant draws the id: from here on it is the same on every node.
bool lacks_lease(const machine::Command& command) {
    const auto* grant = std::get_if<machine::LeaseGrant>(&command.operation);
    return grant != nullptr && !grant->lease;
}

}  // namespace

void append_command(std::string& out, const machine::Command& command) {
    Packer packer(out);
    pack_command(packer, command);
}

BatchBuilder::BatchBuilder(const machine::HistoryLimits& limits) : limits_(limits) {
    clear();
}

void BatchBuilder::add(const machine::Command& command) {
    append_command(bytes_, command);
    ++commands_;
}

std::string_view BatchBuilder::finish(machine::ClusterTime time) {
    store_big_endian(bytes_.data() + time_offset, static_cast<std::uint64_t>(time.count()));
    return bytes_;
}

void BatchBuilder::clear() {
    bytes_.clear();
    append_header(bytes_, limits_);
    commands_ = 0;
}

BatchReader::BatchReader(std::string_view bytes) {
    Cursor cursor(bytes);
    Fields fields(cursor);
    const std::uint64_t version = fields.uint();
    time_ = machine::ClusterTime{fields.integer()};
    if (!fields.done()) history_limits_ = read_limits(fields);
    fields.finish_exactly();
    ok_ = cursor.ok() && version == batch_version && history_limits_.age_max >= Duration::zero();
    if (ok_) rest_ = cursor.rest();
}

std::optional<machine::Command> BatchReader::next() {
    if (rest_.empty()) return std::nullopt;
    Cursor cursor(rest_);
    std::optional<machine::Command> command = read_command(Fields(cursor));
    if (command && lacks_lease(*command)) command.reset();
    ok_ = command.has_value();
    rest_ = ok_ ? cursor.rest() : std::string_view{};
    return command;
}

}  // namespace kvbus::wire
