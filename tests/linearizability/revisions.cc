#include "linearizability/revisions.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kvbus::linearizability {
namespace {

using Operations = std::vector<const Operation*>;

class RevisionCheck {
  public:
    explicit RevisionCheck(std::span<const Operation> history) {
        for (const auto& operation : history) {
            if (operation.op == Op::remove && operation.outcome != Outcome::fail)
                deletes_[operation.key].push_back(&operation);
            if (operation.outcome != Outcome::ok) continue;
            // A read that saw no key has no revision, but has something to say.
            if (operation.revision == 0 && is_write(operation)) continue;
            by_call_.push_back(&operation);
        }
        by_return_ = by_call_;
        std::ranges::stable_sort(by_call_, {}, &Operation::call);
        std::ranges::stable_sort(by_return_, {}, &Operation::returned);
    }

    std::vector<std::string> run() {
        check_writes_unique();
        check_values();
        check_real_time();
        return std::move(complaints_);
    }

  private:
    void complain(const std::string& what, const Operation& first, const Operation& second) {
        constexpr std::size_t complaints_max = 10;
        if (complaints_.size() == complaints_max) return;
        const auto named = [](const Operation& operation) {
            return in_quotes(operation.key) + " " + describe(operation) + " revision " +
                   std::to_string(operation.revision);
        };
        complaints_.push_back(what + ": " + named(first) + " and " + named(second));
    }

    void check_writes_unique() {
        for (const auto* write : by_call_) {
            if (!is_write(*write)) continue;
            const auto [known, is_new] = writes_.emplace(write->revision, write);
            if (!is_new) complain("two writes of one revision", *known->second, *write);
        }
    }

    void check_values() {
        std::map<std::pair<std::string_view, std::uint64_t>, const Operation*> seen;
        for (const auto* operation : by_call_) {
            if (operation->revision == 0) continue;
            const auto [known, is_new] =
                seen.emplace(std::pair{operation->key, operation->revision}, operation);
            if (!is_new && known->second->value != operation->value)
                complain("two values of one revision", *known->second, *operation);
        }
        for (const auto* read : by_call_) {
            const auto write = writes_.find(read->revision);
            if (write == writes_.end() || is_write(*read)) continue;
            if (write->second->key != read->key) complain("one revision of two keys", *write->second, *read);
            if (write->second->call > read->returned)
                complain("a read before the write", *read, *write->second);
        }
    }

    // Goes through all calls in order, knowing the greatest revisions that had been returned before each.
    void check_real_time() {
        const Operation* newest = nullptr;
        std::unordered_map<std::string_view, const Operation*> newest_of;
        auto returned = by_return_.begin();
        for (const auto* operation : by_call_) {
            for (; returned != by_return_.end() && (*returned)->returned < operation->call; ++returned) {
                const auto learn = [&](const Operation*& known) {
                    if (known == nullptr || known->revision < (*returned)->revision) known = *returned;
                };
                learn(newest);
                learn(newest_of[(*returned)->key]);
            }
            if (is_write(*operation)) {
                if (newest != nullptr && operation->revision <= newest->revision)
                    complain("a later write has no greater revision", *newest, *operation);
            } else if (const auto known = newest_of.find(operation->key); known != newest_of.end()) {
                check_read(*operation, *known->second);
            }
        }
    }

    void check_read(const Operation& read, const Operation& newest) {
        if (read.revision >= newest.revision) return;
        if (read.value) return complain("a later read sees an older revision", newest, read);
        const auto deletes = deletes_.find(read.key);
        const bool deleted =
            newest.op == Op::remove ||
            (deletes != deletes_.end() &&
             // The newest first: one of them will do.
             std::ranges::any_of(std::views::reverse(deletes->second), [&](const Operation* remove) {
                 return remove->call <= read.returned &&
                        (remove->revision == 0 || remove->revision > newest.revision);
             }));
        if (!deleted) complain("a later read sees no key, and nobody deleted it", newest, read);
    }

    Operations by_call_;                                          // acknowledged
    Operations by_return_;                                        // the same
    std::unordered_map<std::string_view, Operations> deletes_;    // that may have had an effect
    std::unordered_map<std::uint64_t, const Operation*> writes_;  // by revision
    std::vector<std::string> complaints_;
};

}  // namespace

std::vector<std::string> check_revisions(std::span<const Operation> history) {
    return RevisionCheck(history).run();
}

}  // namespace kvbus::linearizability
