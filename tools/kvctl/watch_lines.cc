#include "kvctl/watch_lines.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "kvctl/exit_status.h"
#include "kvctl/line_reader.h"
#include "kvctl/output.h"
#include "kvctl/shell_words.h"
#include "kvctl/watch_stream.h"

namespace kvbus::kvctl {
namespace {

Result<WatchRequest> parse_watch(std::vector<std::string> words) {
    const auto separator = std::ranges::find(words, "--");
    std::vector<std::string> run;
    if (separator != words.end()) run.assign(separator + 1, words.end());
    words.erase(separator, words.end());
    CLI::App app("", "watch");
    app.set_help_flag();
    WatchFlags flags;
    add_watch_flags(app, flags);
    std::ranges::reverse(words);
    words.pop_back();  // "watch"
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        const auto left = app.remaining();
        const std::string what = left.empty() ? error.what() : "watch does not take \"" + left.front() + "\"";
        return Error{Code::invalid_argument, what};
    }
    if (flags.interactive) return Error{Code::invalid_argument, "-i: lines are read already"};
    return watch_request(flags, std::move(run), watch_environment());
}

// The watches of all lines. A watch that ends by itself tells why; the others go on.
class Streams {
  public:
    explicit Streams(const Globals& globals) : globals_(globals) {}

    void add(WatchRequest request) {
        request.options.progress = true;
        Running& running = running_.emplace_back(
            globals_, std::move(request), [this] { return over(); }, output_);
        running.thread = std::jthread([this, &running] {
            const Finish finish = running.stream.run();
            const std::lock_guard lock(output_);
            if (!write_out(finish.out)) closing_ = true;
            for (const std::string& error : finish.errors)
                write_error(error);
        });
    }

    // Up to where all of them have shown everything.
    void show_progress() {
        std::optional<Revision> least;
        for (const Running& running : running_) {
            const Revision progress = running.stream.progress();
            if (progress) least = std::min(least.value_or(progress), progress);
        }
        const std::lock_guard lock(output_);
        if (least && !write_out(make_printer(globals_.print)->watch({.next = Revision{least->value + 1}})))
            closing_ = true;
    }

    [[nodiscard]] bool over() const { return interruption_.over() || closing_; }
    ~Streams() { closing_ = true; }

  private:
    struct Running {
        template <class... Arguments>
        explicit Running(Arguments&&... arguments) : stream(std::forward<Arguments>(arguments)...) {}
        WatchStream stream;
        std::jthread thread;
    };

    const Globals& globals_;
    Interruption interruption_;
    std::atomic<bool> closing_ = false;
    std::mutex output_;
    std::list<Running> running_;  // joined first
};

}  // namespace

Finish watch_lines(const Globals& globals) {
    static_cast<void>(connect(globals));  // before there are threads, which share it
    Streams streams(globals);
    LineReader lines(std::cin);
    while (!streams.over()) {
        const auto line = lines.next();
        if (!line.ok()) return fail(exit_input, line.error().message);
        if (!*line) break;
        const auto words = shell_words(**line);
        if (!words.ok()) {
            write_error(lines.place() + words.error().message);
        } else if (!words->empty() && words->front() == "progress") {
            streams.show_progress();
        } else if (words->empty() || words->front() != "watch") {
            write_error(lines.place() + "only \"watch KEY …\" and \"progress\" can be asked for here");
        } else if (auto request = parse_watch(*words); !request.ok()) {
            write_error(lines.place() + request.error().message);
        } else {
            streams.add(std::move(*request));
        }
    }
    return {};
}

}  // namespace kvbus::kvctl
