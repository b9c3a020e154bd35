#include "linearizability/search.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace kvbus::linearizability {
namespace {

class Search {
  public:
    Search(const Register& actions, const Limits& limits) : placing_(actions), limits_(limits) {}

    SearchResult run() {
        placing_.place_first_reads();
        if (!placing_.readable()) return result(Verdict::not_linearizable);
        for (;;) {
            go_on();
            if (placing_.complete()) return result(Verdict::linearizable);
            if (too_hard()) return result(Verdict::too_hard);
            if (!go_back()) return result(Verdict::not_linearizable);
        }
    }

  private:
    // A configuration in which there was a choice: what was placed by then, and the blocks still to be tried.
    struct Branch {
        std::size_t placed = 0;
        std::vector<Place> blocks;  // the next one last
    };

    // Places blocks until all is placed, none can be, or the configuration has been seen before.
    void go_on() {
        for (;;) {
            placing_.place_unread_writes();
            best_ = std::max(best_, placing_.required_placed());
            if (placing_.complete() || too_hard()) return;
            auto blocks = choices();
            if (blocks.empty()) return;
            if (blocks.size() > 1 && !seen_.insert(placing_.remaining()).second) return;
            const auto first = blocks.back();
            blocks.pop_back();
            if (!blocks.empty()) branches_.push_back({placing_.order().size(), std::move(blocks)});
            placing_.place_block(first);
        }
    }

    // The blocks that may come next; only one if that loses nothing.
    std::vector<Place> choices() {
        std::vector<Place> blocks;
        const auto before = placing_.order().size();
        for (const auto write : placing_.candidates()) {
            const auto block = placing_.place_block(write);
            placing_.undo(before);
            if (block == Placing::Block::complete) return {write};
            if (block == Placing::Block::partial) blocks.push_back(write);
        }
        std::ranges::reverse(blocks);
        return blocks;
    }

    // To the last choice with an alternative, and takes it. False if there is none left.
    bool go_back() {
        if (branches_.empty()) return false;
        auto& branch = branches_.back();
        placing_.undo(branch.placed);
        const auto next = branch.blocks.back();
        branch.blocks.pop_back();
        if (branch.blocks.empty()) branches_.pop_back();
        placing_.place_block(next);
        return true;
    }

    [[nodiscard]] bool too_hard() const {
        return placing_.work() > limits_.work_max || seen_.size() > limits_.configurations_max;
    }

    [[nodiscard]] SearchResult result(Verdict verdict) const {
        return {.verdict = verdict,
                .order = verdict == Verdict::linearizable ? placing_.order() : std::vector<Place>{},
                .placed = std::max(best_, placing_.required_placed()),
                .work = placing_.work(),
                .configurations = seen_.size()};
    }

    Placing placing_;
    const Limits& limits_;
    std::unordered_set<std::u32string> seen_;  // by what remained to be placed
    std::vector<Branch> branches_;
    std::size_t best_ = 0;
};

}  // namespace

SearchResult search(const Register& actions, const Limits& limits) {
    return Search(actions, limits).run();
}

}  // namespace kvbus::linearizability
