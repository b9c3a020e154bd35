// An image as it was told, to be built from again, and to be read as text.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "machine/image.h"
#include "unit/machine/support.h"

namespace kvbus::machine {

class RecordedImage final : public ImageSink {
  public:
    void base(const Record& record) override {
        add("base " + text(record), [kv = owned(record)](ImageBuilder& to) { return to.base(viewed(kv)); });
    }
    void change(const Record& record) override {
        changes_.push_back({"change " + text(record),
                            [kv = owned(record)](ImageBuilder& to) { return to.change(viewed(kv)); }});
    }
    void lease(LeaseId lease, std::chrono::milliseconds ttl, ClusterTime deadline) override {
        add("lease " + std::to_string(lease.value) + " " + std::to_string(ttl.count()) + "ms until " +
                std::to_string(deadline.count()),
            [=](ImageBuilder& to) { return to.lease(lease, ttl, deadline); });
    }
    void deadline(std::string_view key, ClusterTime deadline) override {
        add("deadline " + std::string(key) + " " + std::to_string(deadline.count()),
            [key = std::string(key), deadline](ImageBuilder& to) { return to.deadline(key, deadline); });
    }
    void session(const ImageSession& session) override {
        session_ = "session " + std::to_string(session.client.value);
        add(session_ + " used at " + std::to_string(session.last_use.count()) + ", first " +
                std::to_string(session.first.value),
            [session](ImageBuilder& to) { return to.session(session); });
    }
    void outcome(Sequence sequence, const Outcome& outcome) override {
        add(session_ + " outcome " + std::to_string(sequence.value) + " " + told(outcome),
            [sequence, outcome](ImageBuilder& to) { return to.outcome(sequence, outcome); });
    }

    [[nodiscard]] Result<Machine> build(const Limits& limits, const ImageHeader& header) const {
        ImageBuilder builder(limits, header);
        for (const auto* parts : {&state_, &changes_}) {
            for (const Part& part : *parts) {
                if (const auto added = part.add_to(builder); !added.ok()) return added.error();
            }
        }
        return builder.finish();
    }

    // What is told in no particular order, in byte order; then the changes.
    [[nodiscard]] std::vector<std::string> parts() const {
        std::vector<std::string> lines;
        for (const Part& part : state_)
            lines.push_back(part.text);
        std::ranges::sort(lines);
        for (const Part& part : changes_)
            lines.push_back(part.text);
        return lines;
    }

  private:
    struct Part {
        std::string text;
        std::function<Result<void>(ImageBuilder&)> add_to;
    };
    void add(std::string text, std::function<Result<void>(ImageBuilder&)> add_to) {
        state_.push_back({std::move(text), std::move(add_to)});
    }
    static std::string text(const Record& record) {
        return std::string(record.key) + "=" + std::string(record.value) + " " +
               std::to_string(record.create_revision.value) + "/" +
               std::to_string(record.mod_revision.value) + "/" + std::to_string(record.version) +
               (record.lease ? " lease " + std::to_string(record.lease.value) : "");
    }
    static Record viewed(const KeyValue& kv) {
        return {kv.key, kv.value, kv.create_revision, kv.mod_revision, kv.version, kv.lease};
    }

    std::vector<Part> state_;
    std::vector<Part> changes_;
    std::string session_;
};

}  // namespace kvbus::machine
