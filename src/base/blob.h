// Immutable bytes with shared ownership: one allocation, copied by reference. A log entry's bytes live in one
// Blob from the batch that made them until the last of log window, disk queue and send queue lets go. Any
// thread may copy, read and drop its own Blob.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace kvbus {

class Blob {
  public:
    Blob() = default;
    Blob(const Blob& other) noexcept;
    Blob(Blob&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    Blob& operator=(Blob other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~Blob();

    [[nodiscard]] static Blob copy_of(std::string_view bytes);

    [[nodiscard]] std::string_view view() const;
    [[nodiscard]] std::size_t size() const { return view().size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    friend bool operator==(const Blob& a, const Blob& b) { return a.view() == b.view(); }

  private:
    struct Block;
    Block* block_ = nullptr;
};

}  // namespace kvbus
