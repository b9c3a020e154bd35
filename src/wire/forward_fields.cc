#include "wire/forward_fields.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "wire/answer_fields.h"
#include "wire/client_frames.h"
#include "wire/codes.h"
#include "wire/command_fields.h"
#include "wire/limits.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t forwarded_overhead_max = 16;  // around a command
constexpr std::size_t outcome_overhead_max = 40;

ForwardedCommand read_forwarded_command(Fields fields) {
    ForwardedCommand forwarded;
    forwarded.id = fields.uint();
    forwarded.timeout_ms = static_cast<std::uint32_t>(fields.uint());
    if (auto command = read_command(fields.nested())) {
        forwarded.command = std::move(*command);
    } else {
        fields.fail();
    }
    fields.finish();
    return forwarded;
}

}  // namespace

void pack_forward(Packer& packer, const Forward& forward) {
    packer.array(forward.commands.size());
    for (const ForwardedCommand& forwarded : forward.commands) {
        packer.array(3);
        packer.uint(forwarded.id);
        packer.uint(forwarded.timeout_ms);
        pack_command(packer, forwarded.command);
    }
}

void pack_forward_reply(Packer& packer, const ForwardReply& reply) {
    packer.array(reply.outcomes.size());
    for (const ForwardedOutcome& forwarded : reply.outcomes)
        pack_forwarded_outcome(packer, forwarded);
}

void pack_forwarded_outcome(Packer& packer, const ForwardedOutcome& forwarded) {
    const machine::Outcome& outcome = forwarded.outcome;
    packer.array(outcome.answer ? 6 : 5);
    packer.uint(forwarded.id);
    packer.uint(static_cast<std::uint64_t>(outcome.code));
    packer.uint(outcome.revision.value);
    packer.uint(outcome.deleted);
    packer.text(std::string_view(forwarded.message).substr(0, limits::message_bytes_max));
    if (outcome.answer) pack_answer(packer, *outcome.answer);
}

std::size_t forward_bytes_max(const Forward& forward) {
    std::size_t size = 0;
    for (const ForwardedCommand& forwarded : forward.commands)
        size += command_bytes_max(forwarded.command) + forwarded_overhead_max;
    return size;
}

std::size_t forward_reply_bytes_max(const ForwardReply& reply) {
    std::size_t size = 0;
    for (const ForwardedOutcome& forwarded : reply.outcomes) {
        size += forwarded.message.size() + outcome_overhead_max;
        if (forwarded.outcome.answer) size += answer_bytes_max(*forwarded.outcome.answer);
    }
    return size;
}

Forward read_forward(Fields& fields) {
    Forward forward;
    Fields commands = fields.nested();
    if (commands.count() > limits::forward_commands_max) commands.fail();
    forward.commands.reserve(std::min(commands.count(), limits::forward_commands_max));
    while (commands.ok() && !commands.done()) {
        forward.commands.push_back(read_forwarded_command(commands.nested()));
    }
    return forward;
}

ForwardReply read_forward_reply(Fields& fields) {
    ForwardReply reply;
    Fields outcomes = fields.nested();
    reply.outcomes.reserve(std::min(outcomes.count(), limits::forward_commands_max));
    while (outcomes.ok() && !outcomes.done()) {
        reply.outcomes.push_back(read_forwarded_outcome(outcomes.nested()));
    }
    return reply;
}

ForwardedOutcome read_forwarded_outcome(Fields fields) {
    ForwardedOutcome forwarded;
    forwarded.id = fields.uint();
    forwarded.outcome.code = code_from(fields.uint());
    forwarded.outcome.revision = Revision{fields.uint()};
    forwarded.outcome.deleted = fields.uint();
    forwarded.message = read_text(fields, limits::message_bytes_max);
    if (!fields.done()) {
        if (forwarded.outcome.code != Code::ok) fields.fail();  // nothing was applied
        forwarded.outcome.answer = std::make_shared<const machine::Answer>(read_answer(fields.nested()));
    }
    fields.finish();
    return forwarded;
}

std::string read_text(Fields& fields, std::size_t bytes_max) {
    const std::string_view text = fields.bytes();
    if (text.size() > bytes_max) fields.fail();
    return std::string(text.substr(0, bytes_max));
}

}  // namespace kvbus::wire
