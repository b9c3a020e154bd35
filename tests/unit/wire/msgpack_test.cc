#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/wire/oracle.h"
#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/pack.h"

namespace kvbus::wire {
namespace {

using Limits64 = std::numeric_limits<std::int64_t>;

template <class Write>
std::string packed(Write&& values) {
    std::string out;
    Packer packer(out);
    values(packer);
    return out;
}

// Numbers around every boundary between formats.
std::vector<std::uint64_t> edges() {
    std::vector<std::uint64_t> numbers{0};
    for (int bit = 0; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        for (const std::uint64_t number : {power - 1, power, power + 1})
            numbers.push_back(number);
    }
    numbers.push_back(std::numeric_limits<std::uint64_t>::max());
    return numbers;
}

TEST(Packer, UnsignedNumbersAreShortestAndRight) {
    for (const std::uint64_t number : edges()) {
        const std::string ours = packed([&](Packer& packer) { packer.uint(number); });
        EXPECT_EQ(ours, oracle::write([&](auto& packer) { packer.pack_uint64(number); }));
        Cursor cursor(ours);
        EXPECT_EQ(cursor.uint(), number);
        EXPECT_TRUE(cursor.ok() && cursor.remaining() == 0);
    }
}

TEST(Packer, SignedNumbersAreShortestAndRight) {
    for (const std::uint64_t edge : edges()) {
        for (const auto number : {static_cast<std::int64_t>(edge), static_cast<std::int64_t>(0 - edge)}) {
            const std::string ours = packed([&](Packer& packer) { packer.integer(number); });
            EXPECT_EQ(ours, oracle::write([&](auto& packer) { packer.pack_int64(number); }));
            Cursor cursor(ours);
            EXPECT_EQ(cursor.integer(), number);
            EXPECT_TRUE(cursor.ok() && cursor.remaining() == 0);
        }
    }
}

TEST(Packer, FixedWidthNumbersTakeNineBytes) {
    for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, Limits64::max(), Limits64::min()}) {
        const std::string ours = packed([&](Packer& packer) { packer.int64(number); });
        EXPECT_EQ(ours.size(), 9U);
        EXPECT_EQ(oracle::read(ours), std::to_string(number));
    }
}

TEST(Packer, LengthsOfStringsAndArrays) {
    for (const std::size_t size : {0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536}) {
        const std::string content(size, 'x');
        const auto size32 = static_cast<std::uint32_t>(size);
        EXPECT_EQ(packed([&](Packer& packer) { packer.bytes(content); }), oracle::write([&](auto& packer) {
                      packer.pack_bin(size32);
                      packer.pack_bin_body(content.data(), size32);
                  }));
        EXPECT_EQ(packed([&](Packer& packer) { packer.text(content); }),
                  oracle::write([&](auto& packer) { packer.pack(content); }));
        EXPECT_EQ(packed([&](Packer& packer) { packer.array(size); }),
                  oracle::write([&](auto& packer) { packer.pack_array(size32); }));
    }
}

TEST(Packer, BooleansAndNil) {
    EXPECT_EQ(oracle::read(packed([](Packer& packer) {
                  packer.boolean(true);
                  packer.boolean(false);
                  packer.nil();
              })),
              "true false nil");
}

// Every integer format may carry every number that fits it, whatever the shortest would be.
TEST(Cursor, ReadsNumbersInAnyFormat) {
    const auto formats = {
        oracle::write([](auto& packer) { packer.pack_fix_uint8(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_uint16(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_uint32(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_uint64(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_int8(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_int16(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_int32(7); }),
        oracle::write([](auto& packer) { packer.pack_fix_int64(7); }),
    };
    for (const std::string& bytes : formats) {
        EXPECT_EQ(Cursor(bytes).uint(), 7U);
        EXPECT_EQ(Cursor(bytes).integer(), 7);
    }
}

TEST(Cursor, NumbersOutOfRangeFail) {
    Cursor negative("\xff");  // -1
    EXPECT_EQ(negative.uint(), 0U);
    EXPECT_FALSE(negative.ok());

    const std::string fixed = packed([](Packer& packer) { packer.int64(-5); });
    Cursor negative_fixed(fixed);
    EXPECT_EQ(negative_fixed.uint(), 0U);
    EXPECT_FALSE(negative_fixed.ok());

    const std::string large = packed([](Packer& packer) { packer.uint(std::uint64_t{1} << 63); });
    Cursor too_large(large);
    EXPECT_EQ(too_large.integer(), 0);
    EXPECT_FALSE(too_large.ok());
}

TEST(Cursor, TextPassesForBytes) {
    const std::string text = packed([](Packer& packer) { packer.text("abc"); });
    EXPECT_EQ(Cursor(text).bytes(), "abc");
}

TEST(Cursor, AnotherTypeFailsForGood) {
    const std::string bytes = packed([](Packer& packer) {
        packer.text("abc");
        packer.uint(1);
    });
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.uint(), 0U);
    EXPECT_FALSE(cursor.ok());
    EXPECT_EQ(cursor.uint(), 0U);
    EXPECT_EQ(cursor.bytes(), "");
    EXPECT_EQ(cursor.array(), 0U);
    EXPECT_FALSE(cursor.boolean());
    cursor.skip();
    EXPECT_FALSE(cursor.ok());
    EXPECT_EQ(cursor.remaining(), 0U);
}

TEST(Cursor, CountsThatTheBytesCannotHoldFail) {
    for (const std::string_view bytes :
         {std::string_view("\xdd\xff\xff\xff\xff", 5), std::string_view("\x92\x01", 2),
          std::string_view("\xdc\x00\x02\x01", 4)}) {
        Cursor cursor(bytes);
        EXPECT_EQ(cursor.array(), 0U);
        EXPECT_FALSE(cursor.ok());
        Cursor skipping(bytes);
        skipping.skip();
        EXPECT_FALSE(skipping.ok());
    }
}

TEST(Cursor, SkipsNoDeeperThanItsBound) {
    const auto nested = [](int depth) {
        std::string arrays(static_cast<std::size_t>(depth) + 1, '\x91');
        arrays.back() = '\x01';
        return arrays;
    };
    const std::string allowed = nested(Cursor::depth_max);
    Cursor shallow(allowed);
    shallow.skip();
    EXPECT_TRUE(shallow.ok() && shallow.remaining() == 0);

    for (const int depth : {Cursor::depth_max + 1, 1'000'000}) {
        const std::string bytes = nested(depth);
        Cursor deep(bytes);
        deep.skip();
        EXPECT_FALSE(deep.ok());
    }
}

// A random value of any type that msgpack has.
template <class P>
void pack_random(P& packer, Random& random, int depth) {
    const std::string content(random.below(random.chance(0.1) ? 70'000 : 40), 'x');
    const auto size = static_cast<std::uint32_t>(content.size());
    switch (random.below(depth > 0 ? 11 : 9)) {
        case 0:
            packer.pack_nil();
            return;
        case 1:
            packer.pack(random.chance(0.5));
            return;
        case 2:
            packer.pack_uint64(random.next() >> random.below(64));
            return;
        case 3:
            packer.pack_int64(-static_cast<std::int64_t>(random.next() >> (1 + random.below(63))));
            return;
        case 4:
            packer.pack_float(1.5F);
            return;
        case 5:
            packer.pack_double(-2.5);
            return;
        case 6:
            packer.pack(content);
            return;
        case 7:
            packer.pack_bin(size);
            packer.pack_bin_body(content.data(), size);
            return;
        case 8: {
            constexpr std::array<std::uint32_t, 5> fixed{1, 2, 4, 8, 16};
            const std::uint32_t ext_size =
                random.chance(0.5) ? std::min(size, fixed[random.below(fixed.size())]) : size;
            packer.pack_ext(ext_size, 5);
            packer.pack_ext_body(content.data(), ext_size);
            return;
        }
        case 9: {
            const auto count = static_cast<std::uint32_t>(random.below(20));
            packer.pack_array(count);
            for (std::uint32_t i = 0; i < count; ++i)
                pack_random(packer, random, depth - 1);
            return;
        }
        default: {
            const auto count = static_cast<std::uint32_t>(random.below(20));
            packer.pack_map(count);
            for (std::uint32_t i = 0; i < 2 * count; ++i)
                pack_random(packer, random, depth - 1);
        }
    }
}

TEST(Cursor, SkipsExactlyOneValueOfAnyType) {
    Random random(20);
    for (int round = 0; round < 2000; ++round) {
        const std::string value = oracle::write(
            [&](auto& packer) { pack_random(packer, random, static_cast<int>(random.below(4))); });
        const std::string bytes = value + "\x2a";
        Cursor cursor(bytes);
        cursor.skip();
        ASSERT_TRUE(cursor.ok());
        ASSERT_EQ(cursor.rest(), "\x2a");

        Cursor truncated(std::string_view(value).substr(0, random.below(value.size())));
        truncated.skip();
        ASSERT_FALSE(truncated.ok());
    }
}

TEST(Fields, MissingOnesDefaultAndFurtherOnesAreSkipped) {
    const std::string bytes = packed([](Packer& packer) {
        packer.array(4);
        packer.uint(1);
        packer.array(1);
        packer.uint(9);
        packer.text("new");
        packer.nil();
        packer.uint(42);  // after the array
    });
    Cursor cursor(bytes);
    Fields fields(cursor);
    EXPECT_EQ(fields.count(), 4U);
    EXPECT_EQ(fields.uint(), 1U);
    Fields inner = fields.nested();
    EXPECT_EQ(inner.uint_or(5), 9U);
    EXPECT_EQ(inner.uint_or(5), 5U);
    EXPECT_EQ(inner.bytes_or("none"), "none");
    fields.finish();
    EXPECT_EQ(cursor.uint(), 42U);
    EXPECT_TRUE(cursor.ok());
}

TEST(Fields, AMissingRequiredOneFailsAtItsPosition) {
    Cursor cursor("\x91\x01\x02");
    Fields fields(cursor);
    EXPECT_EQ(fields.uint(), 1U);
    EXPECT_EQ(fields.uint(), 0U);
    EXPECT_FALSE(fields.ok());
    EXPECT_EQ(fields.position(), 2U);
}

TEST(Fields, FinishExactlyRefusesFurtherOnes) {
    Cursor cursor("\x92\x01\x02");
    Fields fields(cursor);
    EXPECT_EQ(fields.uint(), 1U);
    fields.finish_exactly();
    EXPECT_FALSE(cursor.ok());
}

}  // namespace
}  // namespace kvbus::wire
