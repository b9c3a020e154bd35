// An operation as it is written in the three places where it goes over the wire, a request, the log and a
// frame between nodes; and what is read there, written again.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "unit/wire/oracle.h"
#include "wire/batch.h"
#include "wire/client_frames.h"
#include "wire/peer_frames.h"

namespace kvbus::wire {

using AnyOperation = decltype(machine::Command::operation);

inline machine::Command command_of(const AnyOperation& operation) {
    return {ClientId{11}, Sequence{13}, Sequence{12}, operation};
}

inline std::string request_of(const AnyOperation& operation) {
    std::string out;
    append_request(out, {7, 5000, command_of(operation)});
    return out;
}

inline std::string logged(const AnyOperation& operation) {
    std::string out;
    append_command(out, command_of(operation));
    return out;
}

inline std::string forwarded(const machine::Command& command) {
    return encode_peer_frame({ClusterId{1}, {}, NodeId{2}, NodeId{3}}, Forward{{{4, 5, command}}});
}

// What is read, written again; empty when it is refused.
inline std::string request_again(std::string_view bytes) {
    RequestReader reader(bytes);
    const auto result = reader.next();
    std::string again;
    if (const auto* request = std::get_if<Request>(&result)) append_request(again, *request);
    return again;
}

inline std::string logged_again(std::string_view command) {
    const std::string bytes = "\x92\x01\x63" + std::string(command);
    BatchReader reader(bytes);
    const auto read = reader.next();
    std::string again;
    if (read) append_command(again, *read);
    EXPECT_EQ(reader.ok(), read.has_value() || command.empty());
    return again;
}

inline std::string forwarded_again(std::string_view bytes) {
    const auto frame = decode_peer_frame(bytes);
    return frame.ok() ? encode_peer_frame(frame->header, frame->body) : std::string();
}

inline Error refusal_of(std::string_view bytes) {
    auto result = RequestReader(bytes).next();
    EXPECT_TRUE(std::holds_alternative<BadRequest>(result)) << oracle::read(bytes);
    return std::holds_alternative<BadRequest>(result) ? std::get<BadRequest>(result).error : Error{};
}

template <class... Values>
inline std::string array(const Values&... values) {
    return oracle::write([&](auto& packer) {
        packer.pack_array(sizeof...(values));
        (packer.pack(values), ...);
    });
}

}  // namespace kvbus::wire
