// Images of a machine that goes on: what is built from one is the machine of the moment at which it began,
// and goes on as that did, to the last byte of its history.
#include <gtest/gtest.h>

#include "base/random.h"
#include "oracle/describe.h"
#include "oracle/difference.h"
#include "oracle/random_commands.h"
#include "unit/machine/recorded_image.h"

namespace kvbus::oracle {
namespace {

using machine::ClusterTime;
using machine::Machine;
using std::chrono::seconds;

// Bounds that are met often.
constexpr machine::Limits image_limits{
    .sessions_max = 5,
    .unanswered_max = 60,
    .unanswered_bytes_max = 4000,
    .session_idle_max = seconds{60},
    .value_bytes_max = RandomCommands::value_bytes_max,
};

// All that can be seen of a machine after a step.
struct Observation {
    machine::Outcome outcome;
    std::vector<std::uint64_t> figures;
    std::vector<LeaseId> leases;
    std::vector<std::optional<LeaseReport>> lease_reports;
    RangeOutcome now;
    RangeOutcome asked;
    std::vector<Change> events;
    friend bool operator==(const Observation&, const Observation&) = default;
};

// A machine that random commands are given to. A copy of the course, with an equal machine, takes the same.
class Course {
  public:
    explicit Course(std::uint64_t seed) : random_(seed ^ 0x696d616765), commands_(seed) {}

    Observation step(Machine& machine) {
        Observation seen;
        if (random_.chance(0.02)) machine.limit_history(some_limits());
        if (random_.chance(pause_chance_)) machine.advance(next_time(machine));
        if (random_.chance(0.01)) pause_chance_ = random_.chance(0.5) ? 0.01 : 0.3;
        const Situation now{machine.revision(), machine.compacted(), machine.leases()};
        if (random_.chance(0.03)) {
            seen.outcome = machine.apply(machine::without_session(commands_.compaction(now)));
        } else if (const RandomCommand drawn = commands_.command(now); drawn.flaw == Flaw::none) {
            seen.outcome = machine.apply(drawn.command);
        }
        observe(machine, now, seen);
        return seen;
    }

    machine::HistoryLimits some_limits() {
        return {.bytes_max = one_of<std::uint64_t>({0, 500, 2000, 8000, std::uint64_t{1} << 40}),
                .revisions_max = one_of<std::uint64_t>({0, 0, 0, 5, 40}),
                .age_max = seconds{one_of<int>({0, 0, 1, 30})}};
    }

  private:
    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return choices.begin()[random_.below(choices.size())];
    }

    ClusterTime next_time(const Machine& machine) {
        const ClusterTime expiry = machine.next_expiry();
        if (random_.chance(0.2) && expiry != ClusterTime::max()) return expiry;
        return machine.time() + commands_.pause();
    }

    void observe(const Machine& machine, const Situation& now, Observation& seen) {
        seen.figures = {machine.state_hash(),
                        machine.revision().value,
                        machine.compacted().value,
                        static_cast<std::uint64_t>(machine.time().count()),
                        static_cast<std::uint64_t>(machine.next_expiry().count()),
                        machine.key_count(),
                        machine.bytes(),
                        machine.history_bytes(),
                        machine.session_count(),
                        machine.lease_count()};
        seen.leases = machine.leases();
        seen.asked = range_of(machine, commands_.query(now));
        if (!random_.chance(0.1)) return;
        for (const LeaseId lease : seen.leases)
            seen.lease_reports.push_back(lease_of(machine, lease));
        seen.now = range_of(machine, {.key = all_keys, .range_end = all_keys});
        seen.events = events_of(machine, Revision{1}, ~std::size_t{0});
    }

    Random random_;
    RandomCommands commands_;
    double pause_chance_ = 0.3;
};

// An image that was begun, and the course from that moment on.
struct Begun {
    std::size_t step = 0;
    machine::ImageHeader header;
    std::unique_ptr<machine::RecordedImage> image = std::make_unique<machine::RecordedImage>();
    Course course;
};

std::string differing_figure(const Observation& a, const Observation& b) {
    for (std::size_t i = 0; i < a.figures.size(); ++i) {
        if (a.figures[i] != b.figures[i])
            return "figure " + std::to_string(i) + " is " + std::to_string(b.figures[i]) + ", was " +
                   std::to_string(a.figures[i]);
    }
    if (a.outcome != b.outcome) return "outcome " + describe(b.outcome) + ", was " + describe(a.outcome);
    return "leases, records or events";
}

class Images : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    static constexpr std::size_t steps = 800;

    void run(std::uint64_t seed) {
        Course course(seed);
        Random random(seed);
        Machine machine(image_limits);
        machine.limit_history(course.some_limits());
        std::vector<Observation> observed;
        std::vector<Begun> complete;
        std::optional<Begun> begun;
        double pace = 0;
        std::size_t parts_max = 1;
        while (observed.size() < steps) {
            if (!begun && random.chance(0.05)) {
                begun.emplace(Begun{observed.size(), {}, std::make_unique<machine::RecordedImage>(), course});
                begun->header = machine.begin_image(*begun->image);
                pace = random.chance(0.3) ? 0.02 : 0.5;
                parts_max = random.chance(0.5) ? 2 : 20;
            }
            if (begun && random.chance(0.002)) {
                machine.abandon_image();
                begun.reset();
            }
            if (begun && random.chance(pace) && machine.continue_image(random.below(parts_max + 1))) {
                complete.push_back(std::move(*begun));
                begun.reset();
            }
            observed.push_back(course.step(machine));
        }
        for (Begun& image : complete)
            ASSERT_NO_FATAL_FAILURE(expect_equal_course(image, observed));
        images_ += complete.size();
        expect_no_trace(seed, observed);
    }

    // The same without any image.
    static void expect_no_trace(std::uint64_t seed, const std::vector<Observation>& observed) {
        Course course(seed);
        Machine machine(image_limits);
        machine.limit_history(course.some_limits());
        for (std::size_t step = 0; step < observed.size(); ++step)
            ASSERT_TRUE(course.step(machine) == observed[step]) << "step " << step;
    }

    static void expect_equal_course(Begun& begun, const std::vector<Observation>& observed) {
        auto built = begun.image->build(image_limits, begun.header);
        ASSERT_TRUE(built.ok()) << built.error().message << ", image of step " << begun.step;
        expect_equal_image(*built, begun);
        for (std::size_t step = begun.step; step < observed.size(); ++step) {
            const Observation seen = begun.course.step(*built);
            ASSERT_TRUE(seen == observed[step]) << "image of step " << begun.step << ", step " << step << ": "
                                                << differing_figure(observed[step], seen);
        }
    }

    static void expect_equal_image(Machine& built, const Begun& begun) {
        machine::RecordedImage again;
        ASSERT_EQ(built.begin_image(again), begun.header);
        ASSERT_TRUE(built.continue_image(~std::size_t{0}));
        ASSERT_EQ(again.parts(), begun.image->parts()) << "image of step " << begun.step;
    }

    std::size_t images_ = 0;
};

TEST_P(Images, AreOfTheMomentAtWhichTheyBegan) {
    for (std::uint64_t seed = GetParam() * 1000; seed < GetParam() * 1000 + 25; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        run(seed);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(images_, 100U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Images, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace kvbus::oracle
