#include "linearizability/notation.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace kvbus::linearizability {
namespace {

[[noreturn]] void refuse(std::string_view line) {
    std::fprintf(stderr, "not in the notation of histories: %s\n", std::string(line).c_str());
    std::abort();
}

void read_times(const std::string& times, Operation& operation) {
    std::istringstream words(times);
    std::int64_t call = 0;
    char dash = 0;
    words >> call >> dash;
    operation.call = Instant{Duration{call}};
    if (words.peek() == '?') {
        operation.outcome = Outcome::unknown;
        return;
    }
    std::int64_t returned = 0;
    words >> returned;
    operation.returned = Instant{Duration{returned}};
    if (words.peek() == '!') operation.outcome = Outcome::fail;
}

Operation operation_of(std::string_view line) {
    std::istringstream words{std::string(line)};
    Operation operation{.key = "x"};
    std::string times, op, value;
    if (!(words >> times >> operation.client >> op)) refuse(line);
    read_times(times, operation);
    operation.op = op == "put" ? Op::put : op == "delete" ? Op::remove : Op::get;
    if (op != name_of(operation.op)) refuse(line);
    if (operation.op != Op::remove && !(words >> value)) refuse(line);
    if (!value.empty() && value != "none") operation.value = value;
    for (std::string word; words >> word;) {
        const bool read = word == "on"   ? static_cast<bool>(words >> operation.key)
                          : word == "at" ? static_cast<bool>(words >> operation.revision)
                                         : false;
        if (!read) refuse(line);
    }
    return operation;
}

}  // namespace

std::vector<Operation> history_of(const std::vector<std::string_view>& lines) {
    std::vector<Operation> history;
    for (const auto line : lines) {
        history.push_back(operation_of(line));
        history.back().id = history.size();
    }
    return history;
}

std::string text_of(const std::vector<Operation>& history) {
    std::string text;
    for (const auto& operation : history)
        text += describe(operation) + "\n";
    return text;
}

}  // namespace kvbus::linearizability
