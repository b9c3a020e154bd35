// Watching keys: all their changes, in the order in which they were made, each once, from a revision on.
//
//     // What there is, and then every change of it.
//     const std::string end = kvbus::prefix_end("jobs/");
//     auto jobs = client.get("jobs/", {.range_end = end});
//     if (!jobs.ok()) return fail(jobs.error());
//     for (const kvbus::KeyValue& job : jobs->kvs) work_on(job);
//     const kvbus::Revision next{jobs->header.revision.value + 1};
//     auto watch = client.watch("jobs/", {.range_end = end, .revision = next},
//                               [&](kvbus::Result<kvbus::WatchBatch> batch) {
//         if (!batch.ok()) return;  // the watch is over
//         for (const kvbus::WatchEvent& event : batch->events) work_on(event.kv);
//     });
//
// A watch goes on through failures of nodes and changes of leaders, without a gap and without telling
// anything twice, for as long as its place in the history is held; it ends with Code::compacted when it is
// not. It asks for more only once the callback has returned: a slow one delays itself alone, and memory stays
// bounded. All watches of a client share its connections; it has at most 8,192 at once, which do not count as
// calls under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/types.h>

namespace kvbus {

class Client;

struct WatchOptions {
    std::string range_end{};  // as of GetOptions
    Revision revision{};      // of the first change wanted; none: of the first after the watch has begun
    bool prev_kv = false;     // with what was there before, unless that is compacted
    bool keys_only = false;   // values stay empty
    bool no_put = false;      // leave out changes of this kind
    bool no_delete = false;
    bool progress = false;  // tell how far the watch is, with a batch without events, when it has begun and
                            // every few seconds while nothing happens
};

struct WatchEvent {
    bool is_put = true;
    KeyValue kv;                       // as it is now; of a removal only key and mod_revision count
    std::optional<KeyValue> previous;  // with prev_kv: what it replaced
};

struct WatchBatch {
    Header header;  // of the node that told
    std::vector<WatchEvent> events;
    Revision next;          // a watch that begins with this revision misses nothing after this batch
    bool fragment = false;  // revision `next` was told in part; what is left of it, if anything is, comes in
                            // the next batch
};

// Called on the client's thread. An error is the last call: compacted, with first_revision from which a watch
// can begin; future_revision; invalid_argument; too_large (a key over 32 KiB); overloaded (too many watches);
// wrong_cluster; closed. One that keeps the watch from beginning at all may come on the calling thread,
// before watch() returns.
using OnWatch = std::function<void(Result<WatchBatch>)>;

// Watches until destroyed; then, but for a callback that is running on the client's thread meanwhile, for
// which the destructor waits unless called in one, no further one runs. May outlive its client, and is over
// then.
class Watch {
  public:
    Watch() = default;
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();

    class Impl;
    explicit Watch(std::shared_ptr<Impl> impl);

  private:
    std::shared_ptr<Impl> impl_;
};

// The same without a callback: whoever wants the next batch waits for it. It holds at most two batches, and
// asks for no more until one is taken. One thread at a time, and not in a callback of the client.
class Watcher {
  public:
    Watcher(Client& client, std::string_view key, WatchOptions options = {});
    ~Watcher();
    Watcher(Watcher&&) noexcept;
    Watcher& operator=(Watcher&&) noexcept;

    // Errors: timeout (ask again); others end the watch, see OnWatch.
    Result<WatchBatch> next(std::chrono::milliseconds timeout);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace kvbus
