#include "kvctl/snapshot_save.h"

#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "kvctl/progress.h"
#include "wire/stored_chunk.h"

namespace kvbus::kvctl {
namespace {

constexpr std::chrono::milliseconds look{100};  // for signals
constexpr Duration pause_between_tries = std::chrono::seconds{1};
constexpr int tries_max = 5;

void note(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
}

std::string file_form(const wire::ChunkName& name, const std::string& bytes, std::uint64_t hash) {
    const auto header = wire::encode_chunk_header({name, bytes.size(), hash});
    return std::string(header.data(), header.size()) + bytes;
}

std::string described(const wire::BackupHead& head) {
    return "the snapshot of revision " + std::to_string(head.manifest.header.revision.value);
}

}  // namespace

SnapshotSave::SnapshotSave(const Globals& globals, PartFile& file, const Interruption& interruption)
    : globals_(globals), client_(connect(globals)), file_(file), interruption_(interruption) {}

Result<wire::BackupHead> SnapshotSave::run() {
    std::optional<Begun> begun = found();
    if (begun && begun->next()) {
        const auto has_holder = find_holder(*begun);
        if (!has_holder.ok()) return has_holder.error();
        if (*has_holder) {
            note(file_.part_path() + ": goes on with " + described(begun->head) + " at byte " +
                 std::to_string(begun->bytes) + " of " + std::to_string(begun->total));
        } else {
            note(file_.part_path() + ": begins anew, since no endpoint has " + described(begun->head) +
                 " any more");
            begun.reset();
        }
    }
    if (begun) {
        if (auto cut = file_.cut(begun->bytes); !cut.ok()) return cut.error();
    } else {
        auto fresh = begin();
        if (!fresh.ok()) return fresh.error();
        begun = std::move(*fresh);
    }
    if (auto fetched = fetch(*begun); !fetched.ok()) return fetched.error();
    return finish();
}

// What an earlier call left that is good.
std::optional<SnapshotSave::Begun> SnapshotSave::found() const {
    std::ifstream in(file_.part_path(), std::ios::binary);
    wire::BackupReader reader(in);
    auto head = reader.head();
    if (!head.ok()) return std::nullopt;
    for (auto chunk = reader.next(); chunk.ok() && *chunk;)
        chunk = reader.next();
    const std::uint64_t total = wire::backup_bytes(reader.encoded_head(), head->manifest);
    return Begun{std::move(*head), reader.chunks(), reader.offset(), total, {}};
}

Result<bool> SnapshotSave::find_holder(Begun& begun) {
    std::optional<Error> error;
    bool one_has_it_no_more = false;
    for (const std::string& endpoint : globals_.endpoints) {
        const auto chunk = ask_for(endpoint, *begun.next());
        if (chunk.ok() && chunk->found) {
            begun.endpoint = endpoint;
            return true;
        }
        if (!chunk.ok()) error = chunk.error();
        if (error && error->code == Code::closed) return *error;
        one_has_it_no_more = one_has_it_no_more || chunk.ok();
    }
    if (one_has_it_no_more || !error) return false;
    return *error;
}

// --- a snapshot -------------------------------------------------------------------------------------------

Result<SnapshotSave::Begun> SnapshotSave::begin() {
    std::optional<Error> error;
    for (const std::string& endpoint : globals_.endpoints) {
        auto begun = begin_at(endpoint);
        if (begun.ok() || begun.error().code == Code::closed) return begun;
        error = begun.error();
    }
    return *error;
}

Result<SnapshotSave::Begun> SnapshotSave::begin_at(const std::string& endpoint) {
    const auto taken = take(endpoint);
    if (!taken.ok()) return taken.error();
    auto manifest = wire::decode_manifest(taken->manifest);
    if (!manifest.ok()) return manifest.error();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    Begun begun{.head = {.manifest = std::move(*manifest),
                         .cluster = taken->header.cluster,
                         .version = KVBUS_VERSION,
                         .taken = std::chrono::duration_cast<std::chrono::milliseconds>(now)},
                .endpoint = endpoint};
    const std::string head = wire::encode_backup_head(begun.head);
    begun.bytes = head.size();
    begun.total = wire::backup_bytes(head, begun.head.manifest);
    if (auto cut = file_.cut(0); !cut.ok()) return cut.error();
    if (auto written = file_.append(head); !written.ok()) return written.error();
    return begun;
}

// A node holds the request as long as it may; it is asked on as long as it answers.
Result<SnapshotTaken> SnapshotSave::take(const std::string& endpoint) {
    for (std::uint64_t at_least = 0;;) {
        auto taken = wait_for<SnapshotTaken>([&](Client::OnSnapshot done) {
            client_.take_snapshot_async(endpoint, at_least, std::move(done));
        });
        if (!taken.ok() || !taken->manifest.empty()) return taken;
        at_least = taken->at_least;
        note(endpoint +
             ": the node is still taking the snapshot, or another backup is being made of its last one");
    }
}

// --- its chunks -------------------------------------------------------------------------------------------

Result<void> SnapshotSave::fetch(Begun& begun) {
    Progress progress("MiB saved", begun.total >> 20);
    for (; const auto name = begun.next(); ++begun.chunks) {
        const auto bytes = fetch_chunk(begun.endpoint, *name);
        if (!bytes.ok()) return bytes.error();
        const std::string form = file_form(*name, *bytes, wire::hash_of(*name, *bytes));
        if (auto written = file_.append(form); !written.ok()) return written;
        begun.bytes += form.size();
        progress.at(begun.bytes >> 20);
    }
    return {};
}

// The node may start anew meanwhile: it still has the snapshot then.
Result<std::string> SnapshotSave::fetch_chunk(const std::string& endpoint, const wire::ChunkName& name) {
    for (int tries = 1;; ++tries) {
        auto chunk = ask_for(endpoint, name);
        if (chunk.ok() && !chunk->found) {
            return Error{
                Code::unavailable,
                endpoint + ": the node has taken another snapshot meanwhile; the same command begins anew"};
        }
        const bool is_good = chunk.ok() && wire::hash_of(name, chunk->bytes) == chunk->hash;
        if (is_good) return std::move(chunk->bytes);
        Error error = chunk.ok()
                          ? Error{Code::damaged, endpoint + ": " + wire::described(name) + " came damaged"}
                          : chunk.error();
        if (error.code == Code::closed) return error;
        if (tries == tries_max) {
            error.message += "; the same command goes on with " + file_.part_path();
            return error;
        }
        if (interrupted_within(pause_between_tries)) return interrupted();
    }
}

Result<SnapshotChunk> SnapshotSave::ask_for(const std::string& endpoint, const wire::ChunkName& name) {
    const ChunkPlace place{name.snapshot, static_cast<std::uint8_t>(name.section), name.number};
    return wait_for<SnapshotChunk>([&](Client::OnSnapshotChunk done) {
        client_.snapshot_chunk_async(endpoint, place, std::move(done));
    });
}

// What counts is what is in the file: it is read again before it gets its name.
Result<wire::BackupHead> SnapshotSave::finish() {
    std::ifstream in(file_.part_path(), std::ios::binary);
    wire::BackupReader reader(in);
    auto head = reader.head();
    if (!head.ok()) return head;
    for (;;) {
        const auto chunk = reader.next();
        if (!chunk.ok()) return Error{chunk.error().code, file_.part_path() + ": " + chunk.error().message};
        if (!*chunk) break;
    }
    if (auto finished = file_.finish(); !finished.ok()) return finished.error();
    return head;
}

// --- waiting ----------------------------------------------------------------------------------------------

template <class T, class Start>
Result<T> SnapshotSave::wait_for(Start start) {
    const auto promise = std::make_shared<std::promise<Result<T>>>();
    auto answer = promise->get_future();
    start([promise](Result<T> result) { promise->set_value(std::move(result)); });
    while (answer.wait_for(look) != std::future_status::ready) {
        if (interruption_.signal() != 0) return interrupted();
    }
    if (interruption_.signal() != 0) return interrupted();
    return answer.get();
}

bool SnapshotSave::interrupted_within(Duration time) const {
    std::promise<void> never_kept;
    const auto nothing = never_kept.get_future();
    for (const Instant until = monotonic_now() + time; monotonic_now() < until;) {
        if (interruption_.signal() != 0) return true;
        nothing.wait_for(look);
    }
    return interruption_.signal() != 0;
}

Error SnapshotSave::interrupted() const {
    return {Code::closed, "interrupted; the same command goes on with " + file_.part_path() +
                              " while the node keeps the snapshot, which is 15 seconds and often longer"};
}

}  // namespace kvbus::kvctl
