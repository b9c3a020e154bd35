// The worked examples of PROTOCOL.md, byte for byte.
#include <gtest/gtest.h>

#include "wire/client_frames.h"

namespace kvbus::wire {
namespace {

using machine::Command;
using machine::Delete;
using machine::Put;

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += text.empty() ? "" : " ";
        text += digits[value >> 4];
        text += digits[value & 0xf];
    }
    return text;
}

std::string request(std::uint64_t id, std::uint32_t timeout_ms, decltype(Request::body) body) {
    std::string out;
    append_request(out, {id, timeout_ms, std::move(body)});
    return hex(out);
}

ReplyHead head(std::uint64_t id, RequestType type, std::uint64_t revision) {
    return {id, type, {ClusterId{0x6b76}, NodeId{2}, 3, Revision{revision}, NodeId{2}}};
}

TEST(ProtocolExamples, Put) {
    EXPECT_EQ(
        request(1, 5000, Command{ClientId{0xc0ffee}, Sequence{1}, Sequence{1}, Put{"greeting", "hello"}}),
        "99 01 01 01 cd 13 88 ce 00 c0 ff ee 01 01 c4 08 67 72 65 65 74 69 6e 67 c4 05 68 65 6c 6c 6f");
    std::string reply;
    append_write_reply(reply, head(1, RequestType::put, 2), {Code::ok, Revision{2}, 0});
    EXPECT_EQ(hex(reply), "9b 01 01 01 00 cd 6b 76 02 03 02 02 02 00");
}

TEST(ProtocolExamples, Range) {
    EXPECT_EQ(request(2, 0, RangeRequest{"greeting", "", 0, false, false, false}),
              "98 01 03 02 00 c4 08 67 72 65 65 74 69 6e 67 c4 00 00 00");
    std::string reply;
    append_range_reply(reply, head(2, RequestType::range, 2),
                       {{{"greeting", "hello", Revision{2}, Revision{2}, 1}}, 1}, false, false);
    EXPECT_EQ(
        hex(reply),
        "9c 01 03 02 00 cd 6b 76 02 03 02 02 01 c2 91 95 c4 08 67 72 65 65 74 69 6e 67 c4 05 68 65 6c 6c 6f "
        "02 02 01");
}

TEST(ProtocolExamples, Remove) {
    EXPECT_EQ(request(3, 5000, Command{ClientId{0xc0ffee}, Sequence{2}, Sequence{2}, Delete{"gree", "gref"}}),
              "99 01 02 03 cd 13 88 ce 00 c0 ff ee 02 02 c4 04 67 72 65 65 c4 04 67 72 65 66");
    std::string reply;
    append_write_reply(reply, head(3, RequestType::remove, 3), {Code::ok, Revision{3}, 1});
    EXPECT_EQ(hex(reply), "9b 01 02 03 00 cd 6b 76 02 03 03 02 03 01");
}

TEST(ProtocolExamples, ARefusal) {
    std::string put;
    append_request(put, {4, 0, Command{{}, {}, {}, Put{"", "hello"}}});
    const auto bad = std::get<BadRequest>(RequestReader(put).next());
    std::string reply;
    append_error_reply(reply, head(4, RequestType::put, 3), bad.error.code, bad.error.message);
    EXPECT_EQ(hex(reply),
              "9a 01 01 04 03 cd 6b 76 02 03 03 02 d9 27 6b 65 79 3a 20 65 6d 70 74 79 2c 20 6d 75 73 74 20 "
              "68 61 76 "
              "65 20 61 74 20 6c 65 61 73 74 20 6f 6e 65 20 62 79 74 65");
}

}  // namespace
}  // namespace kvbus::wire
