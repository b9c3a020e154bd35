// Keys in a file, one JSON object a line: what export writes and import reads.
//
//     {"key":"YQ==","create_revision":2,"mod_revision":6,"version":5,"value":"MQ=="}
//     {"key_text":"a","create_revision":2,"mod_revision":6,"version":5,"value_text":"1"}
//
// Bytes are in base64 under "key" and "value", or as text, where they are UTF-8, under "key_text" and
// "value_text". Pure.
#pragma once

#include <string>
#include <string_view>

#include <kvbus/error.h>
#include <kvbus/types.h>

namespace kvbus::kvctl {

[[nodiscard]] std::string key_line(const KeyValue& entry, bool text);  // with its newline

struct ImportedKey {
    std::string key;
    std::string value;
};
[[nodiscard]] Result<ImportedKey> parse_key_line(std::string_view line);

}  // namespace kvbus::kvctl
