#include "kvctl/key_lines.h"

#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "kvctl/json_object.h"
#include "kvctl/parse_text.h"

namespace kvbus::kvctl {
namespace {

using Json = nlohmann::json;

Error wrong(std::string message) {
    return {Code::invalid_argument, std::move(message)};
}

// Of "[…] parse error at line 1, column 9: syntax error while parsing value - unexpected end of input; last
// read: …" the place and the reason. What was read last may be any bytes.
Error not_json(const Json::parse_error& error) {
    std::string reason = error.what();
    reason = reason.substr(0, reason.find("; last read"));
    if (const auto dash = reason.find(" - "); dash != std::string::npos) reason = reason.substr(dash + 3);
    return wrong("it is no JSON: at byte " + std::to_string(error.byte) + ": " + reason);
}

// A name that is there twice leaves open which of the two counts.
Result<Json> read_object(std::string_view line) {
    std::set<std::string> names;
    std::optional<std::string> twice;
    const auto see = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth == 1 && event == Json::parse_event_t::key &&
            !names.insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    try {
        Json object = Json::parse(line, see);
        if (!object.is_object()) return wrong("it is no JSON object: it does not stand in { }");
        if (twice) return wrong(go_quoted(*twice) + " is there twice");
        return object;
    } catch (const Json::parse_error& error) {
        return not_json(error);
    }
}

// The bytes under this name, in whichever form; there must be just one.
Result<std::string> bytes_of(const Json& object, const std::string& name) {
    const auto encoded = object.find(name);
    const auto text = object.find(name + "_text");
    if ((encoded == object.end()) == (text == object.end()))
        return wrong("it has not just one of \"" + name + "\" (in base64) and \"" + name + "_text\"");
    const Json& field = encoded == object.end() ? *text : *encoded;
    if (!field.is_string()) return wrong("its " + name + " is no JSON string");
    if (encoded == object.end()) return field.get<std::string>();
    auto bytes = parse_base64(field.get_ref<const std::string&>());
    if (!bytes) return wrong("\"" + name + "\" is not base64; text goes under \"" + name + "_text\"");
    return std::move(*bytes);
}

}  // namespace

std::string key_line(const KeyValue& entry, bool text) {
    JsonObject object;
    object.put_bytes("key", entry.key, text);
    object.add("create_revision", entry.create_revision.value);
    object.add("mod_revision", entry.mod_revision.value);
    object.add("version", entry.version);
    object.put_bytes("value", entry.value, text);
    object.add("lease", entry.lease.value);
    return object.text() + "\n";
}

Result<ImportedKey> parse_key_line(std::string_view line) {
    const auto fields = read_object(line);
    if (!fields.ok()) return fields.error();
    auto key = bytes_of(*fields, "key");
    if (!key.ok()) return key.error();
    auto value = bytes_of(*fields, "value");
    if (!value.ok()) return value.error();
    return ImportedKey{std::move(*key), std::move(*value)};
}

}  // namespace kvbus::kvctl
