#include "node/snapshot_askers.h"

#include <algorithm>

namespace kvbus::node {

bool SnapshotAskers::add(const Asker& asker, Instant deadline, Index at_least) {
    if (waiting_.size() >= waiting_max) return false;
    waiting_.push_back({asker, deadline, at_least});
    return true;
}

Index SnapshotAskers::wanted() const {
    Index wanted;
    for (const Waiting& waiting : waiting_)
        wanted = std::max(wanted, waiting.at_least);
    return wanted;
}

bool SnapshotAskers::answer(Instant now, Index last, std::string_view manifest, Answers& answers) {
    bool served = false;
    std::erase_if(waiting_, [&](Waiting& waiting) {
        waiting.is_new = false;
        const bool is_there = last && waiting.at_least <= last;
        if (!is_there && now < waiting.deadline) return false;
        answers.snapshot(waiting.asker, waiting.at_least, is_there ? manifest : std::string_view{});
        served = served || is_there;
        return true;
    });
    return served;
}

void SnapshotAskers::refuse(Code code, std::string_view message, Answers& answers) {
    for (const Waiting& waiting : waiting_)
        answers.error(waiting.asker, code, message);
    waiting_.clear();
}

Instant SnapshotAskers::deadline() const {
    Instant deadline = never;
    for (const Waiting& waiting : waiting_)
        deadline = std::min(deadline, waiting.is_new ? Instant{} : waiting.deadline);
    return deadline;
}

}  // namespace kvbus::node
