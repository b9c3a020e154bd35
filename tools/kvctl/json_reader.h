// Reads one flat JSON object: names with text, numbers, true, false or null. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <kvbus/error.h>

namespace kvbus::kvctl {

struct JsonField {
    std::string text;  // of a string its bytes, else as it stands
    bool is_string = false;
};

using JsonFields = std::map<std::string, JsonField, std::less<>>;

[[nodiscard]] Result<JsonFields> read_json_object(std::string_view text);

}  // namespace kvbus::kvctl
