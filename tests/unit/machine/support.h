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

inline Command put(std::string_view key, std::string_view value) {
    return {{}, {}, {}, Put{key, value}};
}
inline Command remove(std::string_view key, std::string_view range_end = {}) {
    return {{}, {}, {}, Delete{key, range_end}};
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
    return lines(machine.range({to_the_end, to_the_end, 0, false}));
}

}  // namespace kvbus::machine
