// What a watch shall show, and what is done with each change: the flags of watch, and of each line that
// watch -i reads. Pure.
#pragma once

#include <string>
#include <vector>

#include <kvbus/watch.h>

#include "kvctl/child_process.h"
#include "kvctl/key_range.h"

namespace CLI {
class App;
}

namespace kvbus::kvctl {

struct WatchFlags {
    std::optional<std::string> key = {};
    KeyArguments keys = {};
    WatchOptions options = {};
    bool interactive = false;
    bool fragment = false;
    std::uint64_t count = 0;
};
void add_watch_flags(CLI::App& app, WatchFlags& flags);

struct WatchRequest {
    std::string key;
    WatchOptions options;
    bool show_progress = false;
    std::uint64_t count = 0;       // of changes, after which it ends; 0: none
    std::vector<std::string> run;  // for each change; empty: nothing
};
// The key and range of `environment` stand in for those that are not given, as with etcdctl.
struct WatchEnvironment {
    std::optional<std::string> key, range_end;
};
[[nodiscard]] WatchEnvironment watch_environment();
[[nodiscard]] Result<WatchRequest> watch_request(const WatchFlags& flags, std::vector<std::string> run,
                                                 const WatchEnvironment& environment);

// What the command of a watch finds in its environment, quoted as etcdctl quotes it.
[[nodiscard]] Environment change_environment(const WatchEvent& event);

}  // namespace kvbus::kvctl
