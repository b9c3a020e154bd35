#include "kvctl/txn_text.h"

#include "kvctl/line_reader.h"

namespace kvbus::kvctl {
namespace {

constexpr const char* sections = "compares, success requests, failure requests";

// One section: what `parse` makes of each line, up to an empty one.
template <class T>
Result<std::vector<T>> read_section(LineReader& lines, std::string_view name,
                                    Result<T> (*parse)(std::string_view)) {
    std::vector<T> section;
    while (true) {
        const auto line = lines.next();
        if (!line.ok()) return line.error();
        if (!*line) {
            return Error{Code::invalid_argument, "the input ends within the " + std::string(name) +
                                                     "; an empty line ends each of " + sections};
        }
        if ((*line)->find_first_not_of(" \t\r") == std::string::npos) return section;
        Result<T> parsed = parse(**line);
        if (!parsed.ok()) return Error{parsed.error().code, lines.place() + parsed.error().message};
        section.push_back(std::move(*parsed));
    }
}

}  // namespace

Result<Txn> read_txn(std::istream& in, const std::function<void(std::string_view)>& prompt) {
    LineReader lines(in);
    prompt("compares:");
    auto compares = read_section(lines, "compares", parse_compare);
    if (!compares.ok()) return compares.error();
    prompt("success requests (get, put, del):");
    auto success = read_section(lines, "success requests", parse_request);
    if (!success.ok()) return success.error();
    prompt("failure requests (get, put, del):");
    auto failure = read_section(lines, "failure requests", parse_request);
    if (!failure.ok()) return failure.error();
    return Txn{std::move(*compares), std::move(*success), std::move(*failure)};
}

}  // namespace kvbus::kvctl
