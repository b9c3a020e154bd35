#include "raft/validate.h"

#include <algorithm>
#include <functional>

#include "raft/quorum.h"

namespace kvbus::raft {
namespace {

// Terms and indexes start at 1; zero stands for the place before the first entry.
bool is_possible(EntryId id, Term sender) {
    return static_cast<bool>(id.index) == static_cast<bool>(id.term) && id.term <= sender;
}

bool is_possible(const Membership& membership) {
    const std::vector<NodeId>& voters = membership.voters;
    return !voters.empty() && voters.size() <= voters_max && voters.front() &&
           std::ranges::is_sorted(voters, std::less_equal<>{});
}

struct Validator {
    Term term;

    bool operator()(const VoteRequest& request) const { return is_possible(request.last, term); }
    bool operator()(const Append& append) const {
        if (!is_possible(append.previous, term)) return false;
        EntryId before = append.previous;
        for (const Entry& entry : append.entries) {
            if (entry.id.index.value != before.index.value + 1) return false;
            if (entry.id.term < before.term || !is_possible(entry.id, term)) return false;
            before = entry.id;
        }
        return true;
    }
    bool operator()(const AppendReply& reply) const {
        return reply.accepted || reply.hint.index <= reply.match;
    }
    bool operator()(const InstallSnapshot& request) const {
        const SnapshotMeta& snapshot = request.snapshot;
        return snapshot.last.index && is_possible(snapshot.last, term) && is_possible(snapshot.membership) &&
               snapshot.holder && snapshot.id != 0;
    }
    bool operator()(const ReadRequest& request) const { return static_cast<bool>(request.id); }
    bool operator()(const ReadReply& reply) const { return static_cast<bool>(reply.id); }
    bool operator()(const auto&) const { return true; }
};

}  // namespace

bool is_well_formed(const Message& message) {
    return message.term && std::visit(Validator{message.term}, message.body);
}

}  // namespace kvbus::raft
