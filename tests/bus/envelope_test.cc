#include "bus/envelope.h"

#include <vector>

#include <gtest/gtest.h>

#include "wire/limits.h"

namespace kvbus::bus {
namespace {

using Verdict = EnvelopeReader::Verdict;
using Parts = std::vector<std::string>;

Verdict read(EnvelopeReader& reader, const Parts& parts) {
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        EXPECT_EQ(reader.add(parts[i], true), Verdict::incomplete);
    return reader.add(parts.back(), false);
}

Parts parts_of(std::string_view address) {
    Parts parts;
    while (!address.empty())
        parts.emplace_back(take_part(address));
    return parts;
}

TEST(Envelope, TakesBareAndDelimitedBodies) {
    EnvelopeReader reader;
    ASSERT_EQ(read(reader, {"id", "body"}), Verdict::body);
    EXPECT_FALSE(reader.has_delimiter());
    EXPECT_EQ(parts_of(reader.address()), (Parts{"id"}));

    ASSERT_EQ(read(reader, {"id", "", "body"}), Verdict::body);
    EXPECT_TRUE(reader.has_delimiter());
    EXPECT_EQ(parts_of(reader.address()), (Parts{"id", ""}));

    ASSERT_EQ(read(reader, {"id", "1234", "", "body"}), Verdict::body);
    EXPECT_TRUE(reader.has_delimiter());
    EXPECT_EQ(parts_of(reader.address()), (Parts{"id", "1234", ""}));

    ASSERT_EQ(read(reader, {"id", "hop", "1234", "", "body"}), Verdict::body);
    EXPECT_EQ(parts_of(reader.address()), (Parts{"id", "hop", "1234", ""}));
}

TEST(Envelope, KeepsBinaryPartsOfAnyLengthUpTo255) {
    const std::string id("\0\xff\x01", 3);
    const std::string longest(255, '\xfe');
    EnvelopeReader reader;
    ASSERT_EQ(read(reader, {id, longest, "", "body"}), Verdict::body);
    EXPECT_EQ(parts_of(reader.address()), (Parts{id, longest, ""}));

    EXPECT_EQ(read(reader, {id, std::string(256, 'x'), "", "body"}), Verdict::bad);
}

TEST(Envelope, RefusesWhatHasNoSingleBodyOrTooManyParts) {
    EnvelopeReader reader;
    EXPECT_EQ(read(reader, {"id"}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", ""}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "", ""}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "a", "b"}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "", "a", "b"}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "", "", "b"}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "a", "b", "c", "", "body"}), Verdict::bad);
    EXPECT_EQ(read(reader, {"id", "", "body"}), Verdict::body) << "the next message starts afresh";
}

TEST(Envelope, SkipsAnEndlessMessageWithoutGrowing) {
    EnvelopeReader reader;
    const std::string part(200, 'x');
    for (int i = 0; i < 100'000; ++i)
        ASSERT_EQ(reader.add(part, true), Verdict::incomplete);
    EXPECT_LE(reader.address().size(), wire::limits::envelope_frames_max * 256);
    EXPECT_EQ(reader.add("end", false), Verdict::bad);
}

}  // namespace
}  // namespace kvbus::bus
