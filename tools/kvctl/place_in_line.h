// A place in the line for a lock or an election, and the lease that it lives by, which is kept alive. What
// lock and elect share. One thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include <kvbus/client.h>
#include <kvbus/lock.h>

#include "kvctl/interruption.h"

namespace CLI {
class App;
}

namespace kvbus::kvctl {

struct PlaceFlags {
    std::chrono::milliseconds ttl{};
    std::optional<std::chrono::milliseconds> timeout = {};  // none: waits for ever
};
// --ttl, of `standard` if not given, and --timeout.
void add_place_flags(CLI::App& app, PlaceFlags& flags, const char* standard);

class PlaceInLine {
  public:
    [[nodiscard]] static Result<PlaceInLine> take(Client& client, const PlaceFlags& flags);
    PlaceInLine(PlaceInLine&&) noexcept = default;

    // Waits until it is the first. Errors: closed (it was interrupted), and those of Leadership::campaign().
    [[nodiscard]] Result<void> wait(const std::string& name, const std::string& value,
                                    const PlaceFlags& flags, const Interruption& interruption);
    // Once it is the first:
    [[nodiscard]] const std::string& key() const { return leadership_->key(); }
    [[nodiscard]] Revision token() const { return leadership_->token(); }
    [[nodiscard]] bool lost(std::chrono::milliseconds look);  // looks for as long as this

    // Errors: none when there is nothing to leave any more.
    [[nodiscard]] Result<void> leave();

  private:
    PlaceInLine(Client& client, const LeaseResult& lease);
    void watch_removal(Revision after);

    Client* client_;
    LeaseId lease_;
    std::shared_ptr<std::atomic<bool>> lease_lost_;
    std::unique_ptr<KeepAlive> keep_alive_;
    std::optional<Leadership> leadership_;
    std::unique_ptr<Watcher> removal_;  // of its key, by whomever
};

}  // namespace kvbus::kvctl
