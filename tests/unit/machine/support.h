// Short words for tests of the state machine.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "machine/machine.h"

namespace kvbus::machine {

inline void PrintTo(const Outcome& outcome, std::ostream* out) {
    *out << name_of(outcome.code) << " at revision " << outcome.revision.value << ", " << outcome.deleted
         << " deleted";
}

inline Outcome ok(std::uint64_t revision, std::uint64_t deleted = 0) {
    return {Code::ok, Revision{revision}, deleted};
}

inline Outcome refused(Code code, std::uint64_t revision) {
    return {code, Revision{revision}, 0};
}

// Any operation as a command without a session.
template <class Body>
Command command(Body body) {
    return {{}, {}, {}, std::move(body)};
}
inline Command put(std::string_view key, std::string_view value) {
    return {{}, {}, {}, Put{key, value}};
}
inline Command remove(std::string_view key, std::string_view range_end = {}) {
    return {{}, {}, {}, Delete{key, range_end}};
}

inline Txn txn(std::vector<Compare> compares, std::vector<Operation> success,
               std::vector<Operation> failure = {}) {
    return {std::move(compares), std::move(success), std::move(failure)};
}

// The same as a numbered write of a client's.
inline Command by(std::uint64_t client, std::uint64_t sequence, std::uint64_t first_unanswered,
                  Command command) {
    command.client = ClientId{client};
    command.sequence = Sequence{sequence};
    command.first_unanswered = Sequence{first_unanswered};
    return command;
}

inline constexpr std::string_view to_the_end{"\0", 1};

// "key=value create/mod/version", one for each record.
inline std::vector<std::string> lines(const RangeResult& result) {
    std::vector<std::string> lines;
    for (const Record& record : result.records) {
        lines.push_back(std::string(record.key) + "=" + std::string(record.value) + " " +
                        std::to_string(record.create_revision.value) + "/" +
                        std::to_string(record.mod_revision.value) + "/" + std::to_string(record.version));
    }
    return lines;
}

inline std::vector<std::string> everything(const Machine& machine) {
    return lines(machine.range({to_the_end, to_the_end}));
}

// "revision put key=value" or "revision removed key", one for each change.
inline std::vector<std::string> events_from(const Machine& machine, std::uint64_t first) {
    std::vector<std::string> lines;
    machine.visit_events(Revision{first}, [&](const Event& event) {
        lines.push_back(std::to_string(event.record.mod_revision.value) +
                        (event.is_put ? " put " : " removed ") + std::string(event.record.key) +
                        (event.is_put ? "=" + std::string(event.record.value) : ""));
        return true;
    });
    return lines;
}

// --- answers as text ---------------------------------------------------------------------------------------

inline std::string told(const std::vector<KeyValue>& records) {
    std::string text = "[";
    for (const KeyValue& record : records)
        text += (text.size() > 1 ? " " : "") + record.key + "=" + record.value;
    return text + "]";
}

inline std::string told(const Answer& answer);
inline std::string told(const PutAnswer& answer) {
    return "put" + (answer.previous.empty() ? "" : " over " + told(answer.previous));
}
inline std::string told(const DeleteAnswer& answer) {
    return "deleted " + std::to_string(answer.deleted) +
           (answer.previous.empty() ? "" : " " + told(answer.previous));
}
inline std::string told(const AppendAnswer& answer) {
    return std::to_string(answer.bytes) + " bytes";
}
inline std::string told(const IncrementAnswer& answer) {
    return "now " + std::to_string(answer.value);
}
inline std::string told(const RangeAnswer& answer) {
    return std::to_string(answer.count) + (answer.more ? " and more " : " ") + told(answer.kvs);
}
inline std::string told(const LeaseAnswer& answer) {
    return "lease " + std::to_string(answer.lease.value) + " for " + std::to_string(answer.ttl.count()) +
           " ms";
}
inline std::string told(const CampaignAnswer& answer) {
    return answer.key + " since " + std::to_string(answer.token.value);
}
inline std::string told(const TxnAnswer& answer) {
    std::string text;
    for (const Answer& inner : answer.answers)
        text += (text.empty() ? "" : "; ") + told(inner);
    return (answer.succeeded ? "then {" : "else {") + text + "}";
}
inline std::string told(const Answer& answer) {
    return std::visit([](const auto& body) { return told(body); }, answer.body);
}

// "revision: answer", or "revision: code" of what was refused.
inline std::string told(const Outcome& outcome) {
    return std::to_string(outcome.revision.value) + ": " +
           (outcome.answer ? told(*outcome.answer) : std::string(name_of(outcome.code)));
}

}  // namespace kvbus::machine
