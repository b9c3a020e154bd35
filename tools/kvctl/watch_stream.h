// Shows what a watch tells until it is over. One thread per stream; streams may share a client.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "kvctl/command.h"
#include "kvctl/interruption.h"
#include "kvctl/watch_request.h"

namespace kvbus::kvctl {

class WatchStream {
  public:
    // `over` tells whether to end; it is asked ten times a second. `output` is held while something is shown.
    WatchStream(const Globals& globals, WatchRequest request, std::function<bool()> over, std::mutex& output);

    [[nodiscard]] Finish run();
    // All changes up to this revision have been shown; none: nothing is known yet. Any thread.
    [[nodiscard]] Revision progress() const { return Revision{progress_}; }

  private:
    // Shows a batch, and runs the command for each of its changes. An ending: there was an error, or it
    // was the last.
    [[nodiscard]] std::optional<Finish> show(WatchBatch& batch);
    [[nodiscard]] std::optional<Finish> run_command(const WatchEvent& event);
    [[nodiscard]] Finish ended_by_cluster(const Error& error);

    const Globals& globals_;
    WatchRequest request_;
    std::function<bool()> over_;
    std::mutex& output_;
    std::unique_ptr<Printer> printer_;
    std::uint64_t shown_ = 0;
    std::atomic<std::uint64_t> progress_ = 0;
};

}  // namespace kvbus::kvctl
