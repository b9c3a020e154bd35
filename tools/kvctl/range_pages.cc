#include "kvctl/range_pages.h"

namespace kvbus::kvctl {

Result<std::vector<KeyValue>> RangePages::next() {
    while (!finished_) {
        auto page =
            client_.get(range_.key, {.range_end = range_.range_end, .limit = limit_, .revision = at_});
        if (!page.ok() && page.error().code == Code::too_large && limit_ > 1) {
            limit_ /= 2;
            continue;
        }
        if (!page.ok()) return page.error();
        finished_ = !page->more || page->kvs.empty();
        if (!finished_) range_.key = page->kvs.back().key + '\0';
        return std::move(page->kvs);
    }
    return std::vector<KeyValue>{};
}

Result<RangeSize> size_of(Client& client, const KeyRange& range, Revision at) {
    const auto counted =
        client.get(range.key, {.range_end = range.range_end, .count_only = true, .revision = at});
    if (!counted.ok()) return counted.error();
    return RangeSize{at ? at : counted->header.revision, counted->count};
}

}  // namespace kvbus::kvctl
