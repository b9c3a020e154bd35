// Requests: put key "a value" --prev-kv.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/requests.h"
#include "kvctl/text_forms.h"
#include "kvctl/txn_text.h"

namespace kvbus::kvctl {
namespace {

constexpr std::string_view spaces = " \t\r";

Error wrong_txn(std::string what) {
    return {Code::invalid_argument, std::move(what)};
}

// The parser takes its words last one first.
void parse_words(CLI::App& app, std::vector<std::string> words) {
    app.set_help_flag();
    std::ranges::reverse(words);
    app.parse(std::move(words));
}

template <class Request>
Result<TxnOperation> operation(Result<Request> request) {
    if (!request.ok()) return request.error();
    return TxnOperation{std::move(*request)};
}

Result<TxnOperation> put(CLI::App& app, std::vector<std::string> words) {
    PutFlags flags;
    add_put_flags(app, flags);
    parse_words(app, std::move(words));
    if (!flags.value && !flags.options.ignore_value)
        return wrong_txn("put takes a KEY and a VALUE; for an empty value say \"\"");
    return operation(put_request(flags));
}

Result<TxnOperation> get(CLI::App& app, std::vector<std::string> words) {
    GetFlags flags;
    add_get_flags(app, flags);
    parse_words(app, std::move(words));
    if (flags.keys.names_nothing()) return wrong_txn(std::string(empty_key));
    return operation(get_request(flags));
}

Result<TxnOperation> del(CLI::App& app, std::vector<std::string> words) {
    DelFlags flags;
    add_del_flags(app, flags);
    parse_words(app, std::move(words));
    if (flags.keys.names_nothing()) return wrong_txn(std::string(empty_key));
    return operation(del_request(flags));
}

Result<TxnOperation> incr(CLI::App& app, std::vector<std::string> words) {
    TxnIncrement request;
    add_incr_flags(app, request);
    parse_words(app, std::move(words));
    return TxnOperation{std::move(request)};
}

Result<TxnOperation> append(CLI::App& app, std::vector<std::string> words) {
    AppendFlags flags;
    add_append_flags(app, flags);
    parse_words(app, std::move(words));
    if (!flags.value) return wrong_txn("append takes a KEY and a VALUE");
    return TxnOperation{TxnAppend{std::move(flags.key), std::move(*flags.value)}};
}

struct Request {
    std::string_view name;
    Result<TxnOperation> (*parse)(CLI::App&, std::vector<std::string>);
};
constexpr Request requests[] = {{"put", put}, {"get", get}, {"del", del}, {"incr", incr}, {"append", append}};

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(spaces), line.size()));
        if (line.empty()) return words;
        std::size_t length = std::min(line.find_first_of(spaces), line.size());
        if (line.front() == '"') {
            auto quoted = parse_quoted(line);
            if (!quoted) {
                return wrong_txn(
                    "the double quotes of a word do not end, or hold an escape that is not Go's");
            }
            length = quoted->length;
            words.push_back(std::move(quoted->value));
        } else if (line.front() == '\'') {
            const std::size_t end = line.find('\'', 1);
            if (end == std::string_view::npos) return wrong_txn("the single quotes of a word do not end");
            length = end + 1;
            words.emplace_back(line.substr(1, end - 1));
        } else {
            words.emplace_back(line.substr(0, length));
        }
        line.remove_prefix(length);
        if (!line.empty() && spaces.find(line.front()) == std::string_view::npos)
            return wrong_txn("there is no space after the quotes of a word");
    }
}

Result<TxnOperation> parse_request(std::string_view line) {
    auto words = split_words(line);
    if (!words.ok()) return words.error();
    const std::string name = words->empty() ? "" : words->front();
    const auto* request = std::ranges::find(requests, name, &Request::name);
    if (request == std::end(requests))
        return wrong_txn(go_quoted(name) + " is no request of a txn; put, get, del, incr and append are");
    words->erase(words->begin());
    CLI::App app("", name);
    try {
        return request->parse(app, std::move(*words));
    } catch (const CLI::ParseError& error) {
        const auto left = app.remaining(true);
        if (left.empty()) return wrong_txn(error.what());
        return wrong_txn(name + " in a txn does not take " + go_quoted(left.front()));
    }
}

}  // namespace kvbus::kvctl
