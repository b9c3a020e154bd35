// libFuzzer over every reader of foreign bytes, with two oracles: what a reader accepts must be written again
// and read again to the same bytes, and msgpack-cxx must be able to read all that we write.
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "unit/wire/oracle.h"
#include "wire/backup.h"
#include "wire/batch.h"
#include "wire/client_frames.h"
#include "wire/peer_frames.h"
#include "wire/snapshot.h"

namespace kvbus::wire {
namespace {

void read_requests(std::string_view bytes) {
    for (RequestReader reader(bytes); !reader.done();) {
        const auto result = reader.next();
        const auto* request = std::get_if<Request>(&result);
        if (request == nullptr) continue;
        std::string first;
        append_request(first, *request);
        KV_CHECK(oracle::read(first) != "not msgpack");
        RequestReader again(first);
        const auto second_result = again.next();
        KV_CHECK(std::holds_alternative<Request>(second_result) && again.done());
        std::string second;
        append_request(second, std::get<Request>(second_result));
        KV_CHECK(first == second);
    }
}

machine::Record viewed(const KeyValue& kv) {
    return {kv.key, kv.value, kv.create_revision, kv.mod_revision, kv.version, kv.lease};
}

// Of what can be written again from what was read.
std::string written(const Reply& reply) {
    std::string out;
    if (const auto* outcome = std::get_if<machine::Outcome>(&reply.body))
        append_write_reply(out, reply.head, *outcome);
    if (const auto* leases = std::get_if<std::vector<LeaseId>>(&reply.body))
        append_leases_reply(out, reply.head, *leases);
    if (const auto* error = std::get_if<Error>(&reply.body))
        append_error_reply(out, reply.head, error->code, error->message, Revision{error->first_revision});
    if (const auto* watch = std::get_if<WatchReply>(&reply.body)) {
        WatchReplyBuilder builder;
        for (const auto& [is_put, kv, previous] : watch->events) {
            machine::Event event{is_put, viewed(kv), {}};
            if (previous) event.previous = viewed(*previous);
            builder.add(event, {.prev_kv = true});
        }
        builder.append_to(out, reply.head, watch->next, watch->next_offset);
    }
    if (const auto* taken = std::get_if<SnapshotReply>(&reply.body))
        append_snapshot_reply(out, reply.head, taken->at_least, taken->manifest);
    if (const auto* chunk = std::get_if<SnapshotChunkReply>(&reply.body))
        append_snapshot_chunk_reply(out, reply.head,
                                    {.found = chunk->found, .bytes = chunk->bytes, .hash = chunk->hash});
    if (const auto* status = std::get_if<NodeStatus>(&reply.body))
        append_status_reply(out, reply.head, *status);
    return out;
}

void read_replies(std::string_view bytes) {
    for (ReplyReader reader(bytes); !reader.done();) {
        const auto reply = reader.next();
        if (!reply.ok()) return;
        const std::string first = written(*reply);
        KV_CHECK(oracle::read(first) != "not msgpack");
        if (first.empty()) continue;
        const auto again = ReplyReader(first).next();
        KV_CHECK(again.ok() && written(*again) == first);
    }
}

void read_batch(std::string_view bytes) {
    BatchReader reader(bytes);
    BatchBuilder builder;
    while (const auto command = reader.next())
        builder.add(*command);
    if (!reader.ok()) return;
    const std::string first(builder.finish(reader.time()));
    KV_CHECK(oracle::read(first) != "not msgpack");
    BatchReader again(first);
    BatchBuilder second;
    while (const auto command = again.next())
        second.add(*command);
    KV_CHECK(again.ok() && second.finish(again.time()) == first);
}

void read_peer_frame(std::string_view bytes) {
    const auto frame = decode_peer_frame(bytes);
    if (!frame.ok()) return;
    const std::string first = encode_peer_frame(frame->header, frame->body);
    KV_CHECK(oracle::read(first) != "not msgpack");
    const auto again = decode_peer_frame(first);
    KV_CHECK(again.ok() && encode_peer_frame(again->header, again->body) == first);
}

void read_manifest(std::string_view bytes) {
    const auto manifest = decode_manifest(bytes);
    if (!manifest.ok()) return;
    std::string first;
    encode_manifest(first, *manifest);
    const auto again = decode_manifest(first);
    KV_CHECK(again.ok() && *again == *manifest);
}

// As the only chunk of a snapshot that claims nothing else.
void read_chunk(std::string_view bytes) {
    for (const SnapshotSection section : {SnapshotSection::state, SnapshotSection::changes}) {
        const ChunkName name{0, section, 0};
        SnapshotManifest manifest;
        manifest.header.revision = manifest.header.compacted = Revision{1000};
        manifest.chunks[static_cast<std::size_t>(section)] = 1;
        manifest.bytes = bytes.size();
        manifest.hash = hash_of(name, bytes);
        ImageReader reader({}, manifest);
        if (reader.add(name, bytes).ok()) (void)reader.finish();
    }
}

void read_backup(std::string_view bytes) {
    std::istringstream in{std::string(bytes)};
    BackupReader reader(in);
    if (!reader.head().ok()) return;
    for (auto chunk = reader.next(); chunk.ok() && *chunk;)
        chunk = reader.next();
    KV_CHECK(reader.offset() <= bytes.size());
}

}  // namespace
}  // namespace kvbus::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    kvbus::wire::read_requests(bytes);
    kvbus::wire::read_replies(bytes);
    kvbus::wire::read_batch(bytes);
    kvbus::wire::read_peer_frame(bytes);
    kvbus::wire::read_manifest(bytes);
    kvbus::wire::read_chunk(bytes);
    kvbus::wire::read_backup(bytes);
    return 0;
}
