#include "raft/validate.h"

namespace kvbus::raft {
namespace {

// Terms and indexes start at 1; zero stands for the place before the first entry.
bool is_possible(EntryId id, Term sender) {
    return static_cast<bool>(id.index) == static_cast<bool>(id.term) && id.term <= sender;
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
    bool operator()(const ReadRequest& request) const { return static_cast<bool>(request.id); }
    bool operator()(const ReadReply& reply) const { return static_cast<bool>(reply.id); }
    bool operator()(const auto&) const { return true; }
};

}  // namespace

bool is_well_formed(const Message& message) {
    return message.term && std::visit(Validator{message.term}, message.body);
}

}  // namespace kvbus::raft
