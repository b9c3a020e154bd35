// JSON in one line, field by field. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kvbus/types.h>

#include "kvctl/text_forms.h"

namespace kvbus::kvctl {

class JsonObject {
  public:
    // Leaves zero and the empty string out, as Go's omitempty does.
    JsonObject& add(std::string_view name, std::uint64_t value) {
        return value == 0 ? *this : add_raw(name, std::to_string(value));
    }
    JsonObject& add(std::string_view name, const std::string& value) {
        return value.empty() ? *this : add_raw(name, json_string(value));
    }
    // In base64; or, if wanted and they are UTF-8, as text under NAME_text. Also what is empty.
    JsonObject& put_bytes(std::string_view name, std::string_view bytes, bool text) {
        if (text && is_utf8(bytes)) return add_raw(std::string(name) + "_text", json_string(bytes));
        return add_raw(name, json_string(base64(bytes)));
    }
    JsonObject& add_bytes(std::string_view name, std::string_view bytes, bool text) {
        return bytes.empty() ? *this : put_bytes(name, bytes, text);
    }
    JsonObject& add_raw(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? "" : ",";
        text_ += json_string(name);
        text_ += ":";
        text_ += value;
        return *this;
    }
    [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

  private:
    std::string text_;
};

template <class Items, class Form>
std::string json_array(const Items& items, Form&& form) {
    std::string text;
    for (const auto& item : items) {
        text += text.empty() ? "" : ",";
        text += form(item);
    }
    return "[" + text + "]";
}

[[nodiscard]] std::string json_entry(const KeyValue& entry, bool text = false);  // with etcd's names
// What etcdctl prints for an answer to a watch, with these events; compacted: the watch is over.
[[nodiscard]] std::string watch_json(const Header& header, const std::string& events, Revision compacted);

}  // namespace kvbus::kvctl
