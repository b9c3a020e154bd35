#include "kvctl/printer.h"

#include <utility>

#include "base/overloaded.h"

namespace kvbus::kvctl {

namespace {

constexpr std::pair<std::string_view, Format> formats[] = {{"simple", Format::simple},
                                                           {"table", Format::table},
                                                           {"json", Format::json},
                                                           {"fields", Format::fields},
                                                           {"jsonl", Format::jsonl}};

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
    for (const auto& [known, format] : formats) {
        if (known == name) return format;
    }
    return std::nullopt;
}

std::string_view name_of(Format format) {
    for (const auto& [name, known] : formats) {
        if (known == format) return name;
    }
    return "";
}

std::unique_ptr<Printer> make_printer(const PrintOptions& options) {
    switch (options.format) {
        case Format::simple:
            return make_simple_printer(options.hex, options.values_only);
        case Format::table:
            return make_table_printer(options.hex);
        case Format::json:
            return make_json_printer(options.text);
        case Format::jsonl:
            return make_json_lines_printer(options.text);
        case Format::fields:
            break;
    }
    return make_fields_printer();
}

Header header_at(Header header, Revision revision) {
    header.revision = revision;
    return header;
}

std::vector<std::string> printed_results(const Printer& printer, const Txn& asked, const TxnResult& result) {
    const std::vector<TxnOperation>& operations = result.succeeded ? asked.success : asked.failure;
    std::vector<std::string> printed;
    for (std::size_t i = 0; i < result.results.size() && i < operations.size(); ++i) {
        const TxnGet* get = std::get_if<TxnGet>(&operations[i].body);
        const Txn* nested = std::get_if<Txn>(&operations[i].body);
        printed.push_back(std::visit(
            Overloaded{[&](const PutResult& put) { return printer.put(put); },
                       [&](const GetResult& got) { return printer.get(got, get && get->options.count_only); },
                       [&](const DeleteResult& removed) { return printer.remove(removed); },
                       [&](const AppendResult& appended) { return printer.append(appended); },
                       [&](const IncrementResult& counted) { return printer.increment(counted); },
                       [&](const TxnResult& inner) { return printer.txn(nested ? *nested : Txn{}, inner); }},
            result.results[i].body));
    }
    return printed;
}

std::string alarm_types(const EndpointStatus& node) {
    std::string types;
    for (const Alarm& alarm : node.alarms)
        types += (types.empty() ? "" : ", ") + alarm.type;
    return types;
}

// A member tells its client URL when it starts.
std::string_view state_of(const Member& member) {
    return member.client_url.empty() ? "unstarted" : "started";
}

std::string_view type_of(const WatchEvent& event) {
    return event.is_put ? "PUT" : "DELETE";
}

Revision progress_of(const WatchBatch& batch) {
    return Revision{batch.next.value == 0 ? 0 : batch.next.value - 1};
}

}  // namespace kvbus::kvctl
