#include "kvctl/json_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

Error wrong(std::string message) {
    return {Code::invalid_argument, std::move(message)};
}

class Reader {
  public:
    explicit Reader(std::string_view text) : left_(text) {}

    // Takes this character if it comes next.
    bool take(char wanted) {
        skip_spaces();
        if (!left_.starts_with(wanted)) return false;
        left_.remove_prefix(1);
        return true;
    }
    bool at_end() {
        skip_spaces();
        return left_.empty();
    }

    std::optional<std::string> take_string() {
        if (!take('"')) return std::nullopt;
        std::string out;
        while (!left_.empty() && left_.front() != '"') {
            if (static_cast<unsigned char>(left_.front()) < 0x20) return std::nullopt;
            if (left_.front() != '\\') {
                out += left_.front();
                left_.remove_prefix(1);
            } else if (!take_escape(out)) {
                return std::nullopt;
            }
        }
        if (!is_utf8(out) || !take_end_quote()) return std::nullopt;
        return out;
    }

    // A number, true, false or null.
    std::optional<std::string> take_word() {
        skip_spaces();
        const std::string word(left_.substr(0, left_.find_first_of(",} \t\r\n")));
        left_.remove_prefix(word.size());
        double number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        const bool is_number = error == std::errc{} && end == word.data() + word.size() &&
                               word.find_first_not_of("0123456789+-.eE") == std::string::npos;
        if (!is_number && word != "true" && word != "false" && word != "null") return std::nullopt;
        return word;
    }

  private:
    void skip_spaces() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size())); }

    bool take_end_quote() {
        if (!left_.starts_with('"')) return false;
        left_.remove_prefix(1);
        return true;
    }

    std::optional<std::uint32_t> take_four_digits() {
        std::uint32_t unit = 0;
        if (left_.size() < 6 || !left_.starts_with("\\u")) return std::nullopt;
        const auto [end, error] = std::from_chars(left_.data() + 2, left_.data() + 6, unit, 16);
        if (error != std::errc{} || end != left_.data() + 6) return std::nullopt;
        left_.remove_prefix(6);
        return unit;
    }

    // \u with the second half of a pair, where the first stands for a character beyond U+FFFF.
    bool take_unicode(std::string& out) {
        const auto unit = take_four_digits();
        if (!unit) return false;
        std::uint32_t character = *unit;
        if (*unit >= 0xd800 && *unit < 0xe000) {
            const auto second = *unit < 0xdc00 ? take_four_digits() : std::nullopt;
            if (!second || *second < 0xdc00 || *second >= 0xe000) return false;
            character = 0x10000 + ((*unit - 0xd800) << 10) + (*second - 0xdc00);
        }
        out += utf8(character);
        return true;
    }

    bool take_escape(std::string& out) {
        if (left_.size() < 2) return false;
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view named = "\"\\/\b\f\n\r\t";
        const std::size_t name = names.find(left_[1]);
        if (name == std::string_view::npos) return left_[1] == 'u' && take_unicode(out);
        out += named[name];
        left_.remove_prefix(2);
        return true;
    }

    std::string_view left_;
};

}  // namespace

Result<JsonFields> read_json_object(std::string_view text) {
    Reader reader(text);
    JsonFields fields;
    if (!reader.take('{')) return wrong("it is no JSON object: there is no { at its beginning");
    bool more = !reader.take('}');
    while (more) {
        auto name = reader.take_string();
        if (!name) return wrong("it is no JSON object: a name is missing or is no JSON string");
        if (!reader.take(':')) return wrong("it is no JSON object: there is no : after " + go_quoted(*name));
        auto string = reader.take_string();
        auto word = string ? std::nullopt : reader.take_word();
        if (!string && !word)
            return wrong(go_quoted(*name) + " is neither a JSON string nor a number, true, false or null");
        const bool is_string = string.has_value();
        if (!fields.try_emplace(*name, JsonField{is_string ? *string : *word, is_string}).second)
            return wrong(go_quoted(*name) + " is there twice");
        more = reader.take(',');
        if (!more && !reader.take('}')) return wrong("it is no JSON object: there is no } at its end");
    }
    if (!reader.at_end()) return wrong("something follows the JSON object");
    return fields;
}

}  // namespace kvbus::kvctl
