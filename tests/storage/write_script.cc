#include "storage/write_script.h"

#include <algorithm>

#include "storage/support.h"

namespace kvbus::storage {
namespace {

constexpr std::uint64_t uncommitted_max = 40;

}  // namespace

raft::Write WriteScript::next() {
    std::uint64_t first = last_ + 1;
    const bool take_back = last_ > commit_ && random_.chance(0.1);
    if (take_back) {
        ++term_;
        first = random_.between(commit_ + 1, last_);
    }
    last_ = first + random_.below(10);
    if (last_ > uncommitted_max) commit_ = std::max(commit_, last_ - uncommitted_max);
    raft::Write write = append(first, last_, term_, commit_);
    write.id = raft::WriteId{++id_};
    if (take_back) write.truncate_from = Index{first};
    return write;
}

}  // namespace kvbus::storage
