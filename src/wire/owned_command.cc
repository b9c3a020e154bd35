#include "wire/owned_command.h"

#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "wire/batch.h"
#include "wire/command_fields.h"

namespace kvbus::wire {

void OwnedCommand::assign(const machine::Command& command) {
    const auto keep = [&](std::string_view first, std::string_view second) {
        shape_ = command;
        is_encoded_ = false;
        first_bytes_ = first.size();
        bytes_.reserve(first.size() + second.size());
        bytes_.assign(first).append(second);
    };
    std::visit(Overloaded{[&](const machine::Put& put) { keep(put.key, put.value); },
                          [&](const machine::Delete& remove) { keep(remove.key, remove.range_end); },
                          [&](const auto&) {
                              is_encoded_ = true;
                              bytes_.clear();
                              append_command(bytes_, command);
                          }},
               command.operation);
}

void OwnedCommand::clear() {
    constexpr std::size_t kept_bytes_max = 4 << 10;
    if (bytes_.capacity() > kept_bytes_max) bytes_ = {};
    bytes_.clear();
}

machine::Command OwnedCommand::view() const {
    if (is_encoded_) {
        Cursor cursor(bytes_);
        auto command = read_command(Fields(cursor));
        KV_CHECK(command, "it was encoded here");
        return *std::move(command);
    }
    machine::Command command = shape_;
    if (auto* put = std::get_if<machine::Put>(&command.operation)) {
        put->key = first();
        put->value = second();
    } else {
        auto& remove = std::get<machine::Delete>(command.operation);
        remove.key = first();
        remove.range_end = second();
    }
    return command;
}

}  // namespace kvbus::wire
