#include "wire/batch.h"

#include <variant>

#include "base/check.h"
#include "wire/command_fields.h"
#include "wire/cursor.h"
#include "wire/pack.h"

namespace kvbus::wire {
namespace {

constexpr std::uint64_t batch_version = 1;

// The header of a batch: an array of two, the version, and the time in its nine-byte form, so that it can be
// filled in when the batch is complete.
constexpr std::size_t time_offset = 3;
constexpr std::size_t header_size = time_offset + sizeof(std::int64_t);

void append_header(std::string& out) {
    Packer packer(out);
    packer.array(2);
    packer.uint(batch_version);
    packer.int64(0);
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

BatchBuilder::BatchBuilder() {
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
    append_header(bytes_);
    KV_CHECK(bytes_.size() == header_size);
    commands_ = 0;
}

BatchReader::BatchReader(std::string_view bytes) {
    Cursor cursor(bytes);
    Fields fields(cursor);
    const std::uint64_t version = fields.uint();
    time_ = machine::ClusterTime{fields.integer()};
    fields.finish_exactly();
    ok_ = cursor.ok() && version == batch_version;
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
