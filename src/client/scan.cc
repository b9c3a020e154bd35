// A range in parts.
#include <algorithm>
#include <optional>
#include <string>

#include <kvbus/client.h>

#include "client/scan_size.h"

namespace kvbus {
namespace {

// What is left to be read.
struct Rest {
    std::string key;
    GetOptions options;
    std::uint64_t limit;  // over all parts; 0: none
};

Result<GetResult> next_part(Client& client, const Rest& rest, client::ScanSize& size) {
    GetOptions options = rest.options;
    for (;;) {
        options.limit = rest.limit == 0 ? size.keys() : std::min(size.keys(), rest.limit);
        Result<GetResult> part = client.get(rest.key, options);
        if (part.ok() || part.error().code != Code::too_large || !size.halve()) return part;
    }
}

}  // namespace

Result<Header> Client::scan(std::string_view key, const GetOptions& options,
                            const std::function<bool(std::vector<KeyValue>&)>& visit) {
    if (options.sort_order != SortOrder::none)
        return Error{Code::invalid_argument,
                     "sort_order: must be none, a scan goes by the order of the keys"};
    if (options.count_only)
        return Error{Code::invalid_argument, "count_only: not in a scan; get() counts without reading"};

    Rest rest{std::string(key), options, options.limit};
    client::ScanSize size;
    std::optional<Header> first;
    for (;;) {
        Result<GetResult> part = next_part(*this, rest, size);
        if (!part.ok()) return part.error();
        if (!first) first = part->header;
        if (part->kvs.empty()) return *first;

        const std::uint64_t keys = part->kvs.size();
        const bool all = !part->more || (rest.limit != 0 && keys >= rest.limit);
        size.seen(part->kvs);
        rest.key = part->kvs.back().key + '\0';
        rest.limit -= std::min(keys, rest.limit);
        // From the second part on the revision says what is read, whichever node tells it.
        if (!rest.options.revision) rest.options.revision = part->header.revision;
        rest.options.serializable = false;
        if (!visit(part->kvs) || all) return *first;
    }
}

}  // namespace kvbus
