#include "node/pending.h"

namespace kvbus::node {
namespace {

using machine::Delete;
using machine::Put;

std::string_view first_of(const machine::Command& command) {
    return std::visit([](const auto& operation) { return operation.key; }, command.operation);
}

std::string_view second_of(const machine::Command& command) {
    if (const auto* put = std::get_if<Put>(&command.operation)) return put->value;
    return std::get<Delete>(command.operation).range_end;
}

}  // namespace

OwnedCommand::OwnedCommand(const machine::Command& command)
    : shape_(command), first_(first_of(command)), second_(second_of(command)) {}

machine::Command OwnedCommand::view() const {
    auto command = shape_;
    if (std::holds_alternative<Put>(command.operation)) {
        command.operation = Put{first_, second_};
    } else {
        command.operation = Delete{first_, second_};
    }
    return command;
}

std::size_t bytes_of(const machine::Command& command) {
    return first_of(command).size() + second_of(command).size();
}

}  // namespace kvbus::node
