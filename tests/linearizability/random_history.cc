#include "linearizability/random_history.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace kvbus::linearizability {
namespace {

// An operation and the moment of its effect; `never`: it has none.
struct Planned {
    Operation operation;
    Instant effect{};
};

class Plan {
  public:
    Plan(const RandomHistoryOptions& options, Random& random)
        : options_(options), random_(random), free_from_(options.clients) {}

    std::vector<Planned> make() {
        std::vector<Planned> planned;
        for (std::uint32_t i = 0; i < options_.operations; ++i)
            planned.push_back(next());
        std::ranges::stable_sort(planned, {}, [](const Planned& each) { return each.operation.call; });
        for (std::size_t i = 0; i < planned.size(); ++i)
            planned[i].operation.id = i + 1;
        return planned;
    }

  private:
    // Up to `times` the longest.
    Duration some_time(std::uint64_t times = 1) {
        return Duration{static_cast<std::int64_t>(random_.between(1, times * options_.longest))};
    }

    Planned next() {
        const auto client = static_cast<std::uint32_t>(random_.below(options_.clients));
        Planned planned;
        auto& operation = planned.operation;
        operation.client = "c" + std::to_string(client);
        operation.key = "k" + std::to_string(random_.below(options_.keys));
        operation.op = random_.chance(options_.gets)                              ? Op::get
                       : random_.chance(options_.removes / (1.0 - options_.gets)) ? Op::remove
                                                                                  : Op::put;
        if (operation.op == Op::put)
            operation.value =
                std::to_string(options_.values == 0 ? ++values_ : 1 + random_.below(options_.values));
        operation.call = free_from_[client] + some_time();
        planned.effect = operation.call + some_time();
        operation.returned = planned.effect + some_time();
        free_from_[client] = operation.returned;
        give_outcome(planned);
        return planned;
    }

    void give_outcome(Planned& planned) {
        constexpr std::uint64_t late_max = 10;
        auto& operation = planned.operation;
        if (random_.chance(options_.failed)) {
            operation.outcome = Outcome::fail;
            planned.effect = never;
        } else if (is_write(operation) && random_.chance(options_.unknown)) {
            operation.outcome = Outcome::unknown;
            planned.effect = random_.chance(0.5) ? never : operation.call + some_time(late_max);
        }
    }

    const RandomHistoryOptions& options_;
    Random& random_;
    std::vector<Instant> free_from_;  // by client
    std::uint64_t values_ = 0;
};

struct Stored {
    std::optional<std::string> value;
    std::uint64_t mod_revision = 0;
};

// What each sees and gets as a revision, in the order of effects.
void take_effect(std::vector<Planned>& planned) {
    std::vector<Planned*> effects;
    for (auto& each : planned) {
        if (each.effect != never) effects.push_back(&each);
    }
    std::ranges::stable_sort(effects, {}, [](const Planned* each) { return each->effect; });
    std::unordered_map<std::string, Stored> keys;
    std::uint64_t revision = 1;
    for (auto* each : effects) {
        auto& operation = each->operation;
        auto& stored = keys[operation.key];
        if (operation.op == Op::get) {
            operation.value = stored.value;
            operation.revision = stored.mod_revision;
        } else if (operation.op == Op::put) {
            stored = {operation.value, ++revision};
            operation.revision = revision;
        } else if (stored.value) {
            stored = {};
            operation.revision = ++revision;
        }
        if (operation.outcome != Outcome::ok) operation.revision = 0;
    }
}

}  // namespace

std::vector<Operation> random_history(const RandomHistoryOptions& options, Random& random) {
    auto planned = Plan(options, random).make();
    take_effect(planned);
    std::vector<Operation> history;
    for (auto& each : planned)
        history.push_back(std::move(each.operation));
    return history;
}

}  // namespace kvbus::linearizability
