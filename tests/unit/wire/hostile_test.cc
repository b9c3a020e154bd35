// Bytes that nobody meant well with: readers never crash, never read past the end (AddressSanitizer watches),
// never allocate more than in proportion to what they were given.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>

#include <gtest/gtest.h>

#include "base/random.h"
#include "wire/batch.h"
#include "wire/client_frames.h"
#include "wire/peer_frames.h"

namespace {
thread_local std::size_t allocated_bytes = 0;
thread_local std::size_t allocations = 0;
}  // namespace

// Not inlined: gcc would see malloc() in one place and operator delete in another, and call it a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    allocated_bytes += size;
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace kvbus::wire {
namespace {

using machine::Command;
using machine::Delete;
using machine::Put;

struct Allocated {
    std::size_t bytes = 0;
    std::size_t count = 0;
};

template <class Run>
Allocated allocated_by(Run&& run) {
    const Allocated before{allocated_bytes, allocations};
    run();
    return {allocated_bytes - before.bytes, allocations - before.count};
}

void read_everything_as_each(std::string_view bytes) {
    for (RequestReader reader(bytes); !reader.done();)
        (void)reader.next();
    for (ReplyReader reader(bytes); !reader.done();)
        (void)reader.next();
    for (BatchReader reader(bytes); reader.next();) {
    }
    (void)decode_peer_frame(bytes);
}

// A copy that ends where its allocation ends, so that AddressSanitizer sees one byte too far.
std::vector<char> exact_copy(std::string_view bytes) {
    return {bytes.begin(), bytes.end()};
}

void expect_harmless(std::string_view bytes) {
    const std::vector<char> copy = exact_copy(bytes);
    const Allocated taken = allocated_by([&] { read_everything_as_each({copy.data(), copy.size()}); });
    // A record of six bytes becomes a KeyValue of 88, growing vectors double, and each bad request has a
    // message.
    ASSERT_LE(taken.bytes, 4096 + 256 * bytes.size());
}

machine::Txn some_txn() {
    using machine::CompareTarget;
    const machine::Txn inner{
        .compares = {{.key = "a", .target = CompareTarget::value, .value = "v"}},
        .success = {{machine::RangeQuery{.key = "a", .range_end = "b", .revision = Revision{70'000}}}},
        .failure = {{machine::Append{"a", "tail"}}}};
    return {.compares = {{.key = "a", .target = CompareTarget::mod, .number = 70'000}},
            .success = {{Put{.key = "a", .value = "v", .ttl = std::chrono::seconds{5}}},
                        {Delete{.key = "b", .prev_kv = true}},
                        {inner}},
            .failure = {{machine::Increment{"c", -5}}}};
}

std::vector<std::string> valid_messages() {
    std::vector<std::string> messages;
    const auto add = [&](auto&& append) { append(messages.emplace_back()); };
    const std::string value(300, 'v');
    const Command put{ClientId{1}, Sequence{70'000}, Sequence{300}, Put{"key", value}};
    const Command remove{ClientId{1}, Sequence{5}, Sequence{5}, Delete{"a", "b"}};
    const ReplyHead head{7, RequestType::range, {ClusterId{1}, NodeId{2}, 3, Revision{70'000}, NodeId{4}}};

    add([&](std::string& out) {
        append_request(out, {7, 5000, put});
        append_request(out, {8, 5000, remove});
        append_request(
            out,
            {9, 0,
             RangeRequest{{.key = "a", .range_end = "b", .limit = 10, .keys_only = true, .count_only = true},
                          true}});
        append_request(out, {10, 0, StatusRequest{}});
    });
    add([&](std::string& out) {
        append_range_reply(
            out, head,
            {.records = {{"a", value, Revision{1}, Revision{2}, 3}, {"b", "", {}, {}, 0}}, .count = 2},
            false);
    });
    add([&](std::string& out) { append_error_reply(out, head, Code::timeout, "late"); });
    add([&](std::string& out) { append_status_reply(out, {1, RequestType::status, {}}, NodeStatus{}); });
    add([&](std::string& out) {
        append_members_reply(out, {1, RequestType::members, {}}, {{NodeId{1}, "n", "p", "c"}});
    });
    add([&](std::string& out) {
        BatchBuilder builder;
        builder.add(put);
        builder.add(remove);
        out = builder.finish(machine::ClusterTime{1'000'000});
    });
    const PeerHeader header{ClusterId{1}, {}, NodeId{2}, NodeId{3}};
    const raft::Entry entry{{Term{1}, Index{8}}, raft::EntryType::commands, Blob::copy_of(value)};
    add([&](std::string& out) {
        out = encode_peer_frame(header,
                                raft::Message{Term{1}, raft::Append{{Term{1}, Index{7}}, Index{6}, {entry}}});
    });
    add([&](std::string& out) { out = encode_peer_frame(header, Forward{{{1, 2, put}, {3, 4, remove}}}); });
    add([&](std::string& out) {
        out = encode_peer_frame(header, ForwardReply{{{1, {}, "message"}, {2, {}, ""}}});
    });
    const Command txn{ClientId{1}, Sequence{6}, Sequence{5}, some_txn()};
    const auto answer = std::make_shared<const machine::Answer>(machine::Answer{machine::TxnAnswer{
        true,
        {{machine::PutAnswer{{{"a", value, Revision{1}, Revision{2}, 3, LeaseId{4}}}}},
         {machine::TxnAnswer{false, {{machine::IncrementAnswer{-5}}, {machine::RangeAnswer{}}}}}}}});
    add([&](std::string& out) {
        append_request(out, {7, 0, txn});
        append_request(out,
                       {8, 0, Command{{}, {}, {}, machine::LeaseGrant{LeaseId{5}, std::chrono::seconds{9}}}});
        append_request(out, {9, 0, LeaseStatusRequest{LeaseId{5}, true}});
        append_request(out, {10, 0, WatchRequest{.key = "a", .range_end = "b", .from = Revision{70'000}}});
        append_request(out, {11, 0, Command{{}, {}, {}, machine::Campaign{"line", "me", LeaseId{5}}}});
        append_request(out, {12, 0, SnapshotRequest{Index{70'000}}});
        append_request(out, {13, 0, SnapshotChunkRequest{{70'000, SnapshotSection::changes, 300}}});
    });
    add([&](std::string& out) {
        append_snapshot_reply(out, {1, RequestType::snapshot, {}}, Index{70'000}, "manifest");
        append_snapshot_chunk_reply(out, {2, RequestType::snapshot_chunk, {}},
                                    {.found = true, .bytes = value, .hash = 70'000});
    });
    add([&](std::string& out) {
        BatchBuilder builder;
        builder.add(txn);
        builder.add({{}, {}, {}, Put{.key = "k", .value = "v", .lease = LeaseId{5}, .prev_kv = true}});
        builder.add({{}, {}, {}, machine::Increment{"k", -70'000}});
        builder.add({{}, {}, {}, machine::Campaign{"line", "me", LeaseId{5}}});
        out = builder.finish(machine::ClusterTime{1'000'000});
    });
    add([&](std::string& out) { out = encode_peer_frame(header, Forward{{{1, 2, txn}}}); });
    add([&](std::string& out) {
        append_write_reply(out, {1, RequestType::txn, {}}, {.revision = Revision{9}, .answer = answer});
    });
    add([&](std::string& out) {
        out = encode_peer_frame(header, ForwardReply{{{1, {.revision = Revision{9}, .answer = answer}, ""}}});
    });
    add([&](std::string& out) {
        append_lease_status_reply(out, {1, RequestType::lease_status, {}},
                                  {LeaseId{5}, std::chrono::seconds{9}, std::chrono::seconds{8}, {"a", "b"}});
    });
    add([&](std::string& out) {
        const machine::Record record{"a", value, Revision{1}, Revision{2}, 3, LeaseId{4}};
        WatchReplyBuilder builder;
        builder.add({true, record, record}, {.prev_kv = true});
        builder.add({false, {.key = "b", .mod_revision = Revision{2}}, {}}, {});
        builder.append_to(out, {1, RequestType::watch, {}}, Revision{70'000}, 1);
    });
    add([&](std::string& out) {
        append_error_reply(out, {1, RequestType::watch, {}}, Code::compacted, "gone", Revision{70'000});
    });
    add([&](std::string& out) {
        const std::vector<LeaseId> ids{LeaseId{5}, LeaseId{70'000}};
        append_leases_reply(out, {1, RequestType::leases, {}}, ids);
    });
    add([&](std::string& out) { out = encode_peer_frame(header, Greeting{"n", "u", "v", true}); });
    add([&](std::string& out) {
        out = encode_peer_frame(
            header, raft::Message{Term{1}, raft::InstallSnapshot{{{Term{1}, Index{70'000}},
                                                                  {{NodeId{1}, NodeId{2}, NodeId{3}}},
                                                                  NodeId{2},
                                                                  70'000}}});
    });
    const ChunkName chunk{70'000, SnapshotSection::changes, 3};
    add([&](std::string& out) { out = encode_peer_frame(header, ChunkRequest{chunk}); });
    add([&](std::string& out) { out = encode_peer_frame(header, StateCheck{Index{1}, 1, 70'000}); });
    add([&](std::string& out) { out = encode_peer_frame(header, StateReport{Index{1}, 1, 70'000, true}); });
    add([&](std::string& out) {
        out = encode_peer_frame(header, ChunkReply{chunk, true, "manifest", value, 70'000});
    });
    return messages;
}

TEST(Hostile, RandomBytes) {
    Random random(1);
    for (int round = 0; round < 30'000; ++round) {
        std::string bytes(random.below(200), '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random.next());
        if (!bytes.empty() && random.chance(0.9)) bytes[0] = static_cast<char>(0x90 + random.below(16));
        expect_harmless(bytes);
    }
}

TEST(Hostile, TruncatedMessages) {
    for (const std::string& message : valid_messages()) {
        for (std::size_t size = 0; size <= message.size(); ++size)
            expect_harmless(message.substr(0, size));
    }
}

TEST(Hostile, MutatedMessages) {
    Random random(2);
    const auto messages = valid_messages();
    for (int round = 0; round < 100'000; ++round) {
        std::string bytes = messages[random.below(messages.size())];
        for (std::uint64_t change = 1 + random.below(4); change > 0 && !bytes.empty(); --change) {
            const std::size_t at = random.below(bytes.size());
            switch (random.below(4)) {
                case 0:
                    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
                    break;
                case 1:
                    bytes[at] =
                        static_cast<char>(random.chance(0.5) ? 0xc0 + random.below(0x40) : random.next());
                    break;
                case 2:
                    bytes.erase(at, 1 + random.below(3));
                    break;
                default:
                    bytes.insert(at, 1, static_cast<char>(0x90 + random.below(0x50)));
            }
        }
        expect_harmless(bytes);
    }
}

TEST(Hostile, CountsThatLie) {
    for (const std::string& message : valid_messages()) {
        for (std::size_t at = 0; at < message.size(); ++at) {
            for (const std::string_view lie :
                 {std::string_view("\xdd\xff\xff\xff\xff", 5), std::string_view("\xdf\xff\xff\xff\xff", 5),
                  std::string_view("\xc6\xff\xff\xff\xff", 5), std::string_view("\xdd\x00\x00\xff\xff", 5)}) {
                std::string bytes = message;
                expect_harmless(bytes.replace(at, 1, lie));
            }
        }
    }
}

// Lists that announce more than there is, one in another.
TEST(Hostile, TransactionsThatLieAtEveryLevel) {
    for (const bool in_a_request : {true, false}) {
        std::string bytes = in_a_request ? std::string("\x9a\x01\x08\x07\x00\x00\x00\x00", 8)
                                         : std::string("\x92\x01\x00\x97\x08\x00\x00\x00", 8);
        for (int level = 0; level < 40; ++level) {
            bytes += std::string("\x90\xdd\x00\x00\x40\x00\x94\x08", 8);
            expect_harmless(bytes + std::string(20'000, '\x93'));
            expect_harmless(bytes + std::string(20'000, '\x00'));
        }
    }
}

// What a request costs must not depend on the allocator.
TEST(HotPath, DecodingRequestsAndBatchesAllocatesNothing) {
    const auto messages = valid_messages();
    std::string wide_range;
    append_request(wide_range, {7, 0, RangeRequest{{.key = "a", .revision = Revision{5}}}});
    const Allocated taken = allocated_by([&] {
        int requests = 0;
        for (RequestReader reader(messages[0]); !reader.done(); ++requests) {
            ASSERT_TRUE(std::holds_alternative<Request>(reader.next()));
        }
        ASSERT_TRUE(std::holds_alternative<Request>(RequestReader(wide_range).next()));
        ASSERT_EQ(requests, 4);
        int commands = 0;
        for (BatchReader reader(messages[5]); reader.next();)
            ++commands;
        ASSERT_EQ(commands, 2);
    });
    EXPECT_EQ(taken.count, 0U);
}

TEST(HotPath, EncodingAPeerFrameAllocatesOnce) {
    constexpr std::uint64_t large = ~std::uint64_t{0};  // every number in its longest form
    const PeerHeader header{ClusterId{large}, GroupId{large}, NodeId{large}, NodeId{large}};
    raft::Append append{{Term{large}, Index{large - 500}}, Index{large}, {}};
    for (std::uint64_t i = 1; i < 500; ++i) {
        append.entries.push_back({{Term{large}, append.previous.index + i},
                                  raft::EntryType::commands,
                                  Blob::copy_of(std::string(i % 70, 'x'))});
    }
    const Command command{ClientId{large}, Sequence{large}, Sequence{large}, Put{"k", ""}};
    const machine::Outcome outcome{Code::internal, Revision{large}, large};
    const Command txn{ClientId{large}, Sequence{large}, Sequence{large}, some_txn()};
    const machine::Outcome answered{
        Code::ok, Revision{large}, large,
        std::make_shared<const machine::Answer>(machine::Answer{machine::TxnAnswer{
            true,
            {{machine::PutAnswer{{{"k", "v", Revision{large}, Revision{large}, large, LeaseId{large}}}}}}}})};
    const std::initializer_list<PeerBody> bodies = {
        raft::Message{Term{large}, append},
        raft::Message{Term{large}, raft::AppendReply{true, Index{large}, {Term{large}, Index{large}}}},
        Forward{std::vector(100, ForwardedCommand{large, 0xffffffff, command})},
        Forward{std::vector(100, ForwardedCommand{large, 0xffffffff, txn})},
        ForwardReply{std::vector(100, ForwardedOutcome{large, outcome, ""})},
        ForwardReply{std::vector(100, ForwardedOutcome{large, answered, ""})},
        raft::Message{
            Term{large},
            raft::InstallSnapshot{
                {{Term{large}, Index{large}}, {std::vector(64, NodeId{large})}, NodeId{large}, large}}},
        ChunkReply{{large, SnapshotSection::changes, 0xffffffff}, true, "manifest", "bytes", large},
    };
    for (const PeerBody& body : bodies) {
        const Allocated taken = allocated_by([&] { (void)encode_peer_frame(header, body); });
        EXPECT_EQ(taken.count, 1U) << body.index();
    }
}

}  // namespace
}  // namespace kvbus::wire
