// The content of one log entry: cluster time, the limits of history when they are not the usual ones, and a
// batch of commands, as msgpack values back to back ([version, time_ns, …], then one array per command).
// Commands are self-contained, so that a batch is built by appending and the same bytes are forwarded between
// nodes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "machine/command.h"
#include "machine/machine.h"

namespace kvbus::wire {

void append_command(std::string& out, const machine::Command& command);

class BatchBuilder {
  public:
    // Opens a batch. Cluster time is filled in by finish(), when the batch is proposed.
    explicit BatchBuilder(const machine::HistoryLimits& limits = {});

    void add(const machine::Command& command);
    [[nodiscard]] std::size_t commands() const { return commands_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return commands_ == 0; }

    // The bytes of the entry; valid until the next call. The builder is empty after clear().
    [[nodiscard]] std::string_view finish(machine::ClusterTime time);
    void clear();

  private:
    machine::HistoryLimits limits_;
    std::string bytes_;
    std::size_t commands_ = 0;
};

// Reads a batch. ok() is false after bytes that are no batch: in a committed entry that is damage or a bug.
class BatchReader {
  public:
    explicit BatchReader(std::string_view bytes);

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] machine::ClusterTime time() const { return time_; }
    [[nodiscard]] const machine::HistoryLimits& history_limits() const { return history_limits_; }
    [[nodiscard]] std::optional<machine::Command> next();  // nothing at the end, or when !ok()

  private:
    std::string_view rest_;
    machine::ClusterTime time_{};
    machine::HistoryLimits history_limits_;
    bool ok_ = true;
};

}  // namespace kvbus::wire
