// What can be asked of keys, as a command of its own and as a line of a txn: the flags and arguments of each,
// and the request that they make. Flags that only a command has are added by it.
#pragma once

#include <optional>
#include <string>

#include <kvbus/error.h>
#include <kvbus/operations.h>

#include "kvctl/key_range.h"

namespace CLI {
class App;
}

namespace kvbus::kvctl {

void add_range_flags(CLI::App& app, KeyArguments& keys);  // KEY [RANGE_END] --prefix --from-key

struct PutFlags {
    std::string key = {};
    std::optional<std::string> value = {};
    PutOptions options = {};
};
void add_put_flags(CLI::App& app, PutFlags& flags);
[[nodiscard]] Result<TxnPut> put_request(const PutFlags& flags);  // no value: an empty one

struct GetFlags {
    KeyArguments keys = {};
    GetOptions options = {};
    std::optional<SortTarget> sort_by = {};
    std::optional<SortOrder> order = {};
};
void add_get_flags(CLI::App& app, GetFlags& flags);
[[nodiscard]] Result<TxnGet> get_request(const GetFlags& flags);

struct DelFlags {
    KeyArguments keys = {};
    bool prev_kv = false;
};
void add_del_flags(CLI::App& app, DelFlags& flags);
[[nodiscard]] Result<TxnRemove> del_request(const DelFlags& flags);

void add_incr_flags(CLI::App& app, TxnIncrement& request);

struct AppendFlags {
    std::string key = {};
    std::optional<std::string> value = {};
};
void add_append_flags(CLI::App& app, AppendFlags& flags);

}  // namespace kvbus::kvctl
