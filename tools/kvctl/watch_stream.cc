#include "kvctl/watch_stream.h"

#include <utility>

#include "kvctl/exit_status.h"
#include "kvctl/json_object.h"
#include "kvctl/output.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

constexpr std::chrono::milliseconds look{100};

std::string quoted_words(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + go_quoted(word);
    return "[" + text + "]";
}

}  // namespace

WatchStream::WatchStream(const Globals& globals, WatchRequest request, std::function<bool()> over,
                         std::mutex& output)
    : globals_(globals),
      request_(std::move(request)),
      over_(std::move(over)),
      output_(output),
      printer_(make_printer(globals.print)) {}

Finish WatchStream::run() {
    Watcher watcher(connect(globals_), request_.key, request_.options);
    while (!over_()) {
        auto batch = watcher.next(look);
        if (batch.ok()) {
            if (auto ending = show(*batch)) return *ending;
            progress_ = progress_of(*batch).value;
        } else if (batch.error().code != Code::timeout) {
            return ended_by_cluster(batch.error());
        }
    }
    return {};
}

std::optional<Finish> WatchStream::show(WatchBatch& batch) {
    if (batch.events.empty() && !request_.show_progress) return std::nullopt;
    const std::uint64_t left = request_.count - shown_;
    if (request_.count > 0 && batch.events.size() > left) batch.events.resize(left);
    shown_ += batch.events.size();
    const std::lock_guard lock(output_);
    if (!write_out(printer_->watch(batch))) return fail(exit_error, cannot_write);
    for (const WatchEvent& event : batch.events) {
        if (request_.run.empty() || over_()) break;
        if (auto ending = run_command(event)) return ending;
    }
    if (request_.count > 0 && shown_ == request_.count) return Finish{};
    return std::nullopt;
}

std::optional<Finish> WatchStream::run_command(const WatchEvent& event) {
    auto child = ChildProcess::start(request_.run, change_environment(event));
    if (!child.ok()) return fail(exit_error, child.error().message);
    std::optional<int> status;
    while (!(status = child->wait(look))) {
        if (!over_()) continue;
        child->signal(SIGTERM);
        return Finish{};
    }
    if (*status == 0) return std::nullopt;
    return fail(exit_error, "command " + quoted_words(request_.run) + " failed: " + ending_text(*status));
}

Finish WatchStream::ended_by_cluster(const Error& error) {
    if (error.code != Code::compacted && error.code != Code::future_revision) return fail(error);
    Finish finish = fail(exit_watch, "watch was canceled: " + error.message);
    if (error.code != Code::compacted) return finish;
    finish.errors.back() += " (--rev " + std::to_string(error.first_revision) + ")";
    if (globals_.print.format == Format::json)
        finish.out = watch_json({}, "[]", Revision{error.first_revision}) + "\n";
    return finish;
}

}  // namespace kvbus::kvctl
