#include "base/blob.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"

namespace kvbus {

struct Blob::Block {
    std::atomic<std::uint32_t> owners;
    std::size_t size;

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

Blob::Blob(const Blob& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

Blob::~Blob() {
    if (block_ == nullptr) return;
    if (block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    block_->~Block();
    std::free(block_);
}

Blob Blob::copy_of(std::string_view bytes) {
    Blob blob;
    if (bytes.empty()) return blob;
    void* memory = std::malloc(sizeof(Block) + bytes.size());
    KV_CHECK(memory != nullptr, "out of memory");
    blob.block_ = new (memory) Block{{1}, bytes.size()};
    std::memcpy(blob.block_->bytes(), bytes.data(), bytes.size());
    return blob;
}

std::string_view Blob::view() const {
    return block_ == nullptr ? std::string_view{} : std::string_view{block_->bytes(), block_->size};
}

}  // namespace kvbus
