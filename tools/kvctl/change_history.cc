#include "kvctl/change_history.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "kvctl/exit_status.h"
#include "kvctl/range_pages.h"

namespace kvbus::kvctl {
namespace {

constexpr std::chrono::milliseconds patience{30'000};

WatchOptions options_from(const HistoryRange& range, Revision first) {
    return {.range_end = range.keys.range_end, .revision = first, .progress = true};
}

// The keys as of a revision, in the order in which they were put.
Result<bool> visit_keys(Client& client, const HistoryRange& range, Revision at, const VisitChanges& visit) {
    std::vector<WatchEvent> changes;
    RangePages pages(client, range.keys, at, page_keys);
    while (true) {
        auto page = pages.next();
        if (!page.ok()) return page.error();
        if (page->empty()) break;
        for (KeyValue& entry : *page) {
            if (range.last.value == 0 || entry.mod_revision <= range.last)
                changes.push_back({.is_put = true, .kv = std::move(entry)});
        }
    }
    std::ranges::sort(changes, {}, [](const WatchEvent& change) { return change.kv.mod_revision; });
    return changes.empty() || visit(changes);
}

Result<Revision> now(Client& client, const HistoryRange& range) {
    if (range.last) return range.last;
    const auto asked = client.get(range.keys.key, {.count_only = true});
    if (!asked.ok()) return asked.error();
    return asked->header.revision;
}

}  // namespace

Result<void> read_history(Client& client, const HistoryRange& range, const VisitChanges& visit) {
    const auto last = now(client, range);
    if (!last.ok()) return last.error();
    Revision first = range.first ? range.first : Revision{1};
    auto watcher = std::make_unique<Watcher>(client, range.keys.key, options_from(range, first));
    const Instant until = monotonic_now() + patience;
    while (first <= *last) {
        auto batch = watcher->next(patience);
        if (!batch.ok() && batch.error().code == Code::compacted && !range.first) {
            // What is compacted meanwhile is met once more.
            first = Revision{batch.error().first_revision};
            const auto more = visit_keys(client, range, Revision{first.value - 1}, visit);
            if (!more.ok() && more.error().code == Code::compacted && monotonic_now() < until) continue;
            if (!more.ok()) return more.error();
            if (!*more) return {};
            watcher = std::make_unique<Watcher>(client, range.keys.key, options_from(range, first));
            continue;
        }
        if (!batch.ok()) return batch.error();
        std::erase_if(batch->events, [&](const WatchEvent& event) { return event.kv.mod_revision > *last; });
        if (!batch->events.empty() && !visit(batch->events)) return {};
        if (batch->next > *last) break;
    }
    return {};
}

}  // namespace kvbus::kvctl
