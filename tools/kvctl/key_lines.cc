#include "kvctl/key_lines.h"

#include "kvctl/json_object.h"
#include "kvctl/json_reader.h"
#include "kvctl/parse_text.h"

namespace kvbus::kvctl {
namespace {

void add_bytes(JsonObject& object, const std::string& name, const std::string& bytes, bool text) {
    if (text && is_utf8(bytes)) {
        object.add_raw(name + "_text", json_string(bytes));
    } else {
        object.add_raw(name, json_string(base64(bytes)));
    }
}

// The bytes under this name, in whichever form; there must be just one.
Result<std::string> bytes_of(const JsonFields& fields, const std::string& name) {
    const auto wrong = [](std::string message) { return Error{Code::invalid_argument, std::move(message)}; };
    const auto encoded = fields.find(name);
    const auto text = fields.find(name + "_text");
    if ((encoded == fields.end()) == (text == fields.end()))
        return wrong("it has not just one of \"" + name + "\" (in base64) and \"" + name + "_text\"");
    const auto& field = (encoded == fields.end() ? text : encoded)->second;
    if (!field.is_string) return wrong("its " + name + " is no JSON string");
    if (encoded == fields.end()) return field.text;
    auto bytes = parse_base64(field.text);
    if (!bytes) return wrong("\"" + name + "\" is not base64; text goes under \"" + name + "_text\"");
    return std::move(*bytes);
}

}  // namespace

std::string key_line(const KeyValue& entry, bool text) {
    JsonObject object;
    add_bytes(object, "key", entry.key, text);
    object.add("create_revision", entry.create_revision.value);
    object.add("mod_revision", entry.mod_revision.value);
    object.add("version", entry.version);
    add_bytes(object, "value", entry.value, text);
    object.add("lease", entry.lease.value);
    return object.text() + "\n";
}

Result<ImportedKey> parse_key_line(std::string_view line) {
    const auto fields = read_json_object(line);
    if (!fields.ok()) return fields.error();
    auto key = bytes_of(*fields, "key");
    if (!key.ok()) return key.error();
    auto value = bytes_of(*fields, "value");
    if (!value.ok()) return value.error();
    return ImportedKey{std::move(*key), std::move(*value)};
}

}  // namespace kvbus::kvctl
