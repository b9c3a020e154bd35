// A bounded queue from any thread to one thread that polls a file descriptor. The receiver takes everything
// at once; the sender pays a wake-up only when the queue was empty.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "base/wake.h"

namespace kvbus {

template <class T>
class Mailbox {
  public:
    explicit Mailbox(std::size_t count_max) : count_max_(count_max) {}

    // False, and the item is dropped, when count_max items wait.
    [[nodiscard]] bool push(T item) {
        bool was_empty = false;
        {
            const std::lock_guard lock(mutex_);
            if (items_.size() >= count_max_) return false;
            was_empty = items_.empty();
            items_.push_back(std::move(item));
        }
        if (was_empty) wake_.wake();
        return true;
    }

    // Everything that waits, in order of arrival. The vector that is passed in is emptied and its memory
    // reused.
    [[nodiscard]] std::vector<T> take_all(std::vector<T> spare = {}) {
        spare.clear();
        wake_.clear();
        const std::lock_guard lock(mutex_);
        std::swap(items_, spare);
        return spare;
    }

    [[nodiscard]] int fd() const { return wake_.fd(); }

  private:
    std::size_t count_max_;
    std::mutex mutex_;
    std::vector<T> items_;
    Wake wake_;
};

}  // namespace kvbus
