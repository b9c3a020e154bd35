// A command with its own copy of all that it views. Owned by one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "machine/command.h"

namespace kvbus::wire {

class OwnedCommand {
  public:
    OwnedCommand() = default;
    explicit OwnedCommand(const machine::Command& command) { assign(command); }

    void assign(const machine::Command& command);
    void clear();  // gives back a large buffer, keeps a small one
    // With views into this object; there must be a command in it.
    [[nodiscard]] machine::Command view() const;
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

  private:
    [[nodiscard]] std::string_view first() const { return std::string_view(bytes_).substr(0, first_bytes_); }
    [[nodiscard]] std::string_view second() const { return std::string_view(bytes_).substr(first_bytes_); }

    // The commands of which there are many, a put and a remove, are kept as they are; others encoded.
    machine::Command shape_;  // its views are not used
    bool is_encoded_ = false;
    std::size_t first_bytes_ = 0;  // of the key
    std::string bytes_;            // key, and value or range end; or all of it as in a batch
};

}  // namespace kvbus::wire
