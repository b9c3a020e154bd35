// The output formats: each turns a result into text. No I/O.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"

namespace kvbus::kvctl {

enum class Format { simple, table, json, fields };

[[nodiscard]] std::optional<Format> parse_format(std::string_view name);

struct Health {
    std::string endpoint;
    Duration took{};
    std::string error;  // empty: it serves

    [[nodiscard]] bool healthy() const { return error.empty(); }
};

class Printer {
  public:
    virtual ~Printer() = default;
    [[nodiscard]] virtual std::string put(const PutResult& result) const = 0;
    [[nodiscard]] virtual std::string get(const GetResult& result, bool count_only) const = 0;
    [[nodiscard]] virtual std::string remove(const DeleteResult& result) const = 0;
    [[nodiscard]] virtual std::string status(const std::vector<EndpointStatus>& nodes) const = 0;
    [[nodiscard]] virtual std::string health(const std::vector<Health>& endpoints) const = 0;
    [[nodiscard]] virtual std::string members(const MemberList& list) const = 0;
};

struct PrintOptions {
    Format format = Format::simple;
    bool hex = false;          // keys and values as \xNN, in the formats for people
    bool values_only = false;  // leave out the keys, in the simple format
};
[[nodiscard]] std::unique_ptr<Printer> make_printer(const PrintOptions& options);

[[nodiscard]] std::unique_ptr<Printer> make_simple_printer(bool hex, bool values_only);
[[nodiscard]] std::unique_ptr<Printer> make_table_printer(bool hex);
[[nodiscard]] std::unique_ptr<Printer> make_json_printer();
[[nodiscard]] std::unique_ptr<Printer> make_fields_printer();

// What the formats share.
[[nodiscard]] std::string_view state_of(const Member& member);  // "started", or "unstarted"

}  // namespace kvbus::kvctl
