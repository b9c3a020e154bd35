// Adds flags and arguments whose text is parsed by a function of ours: the parser's own numbers take octal
// and its messages do not say what would be right.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace kvbus::kvctl {

// How a flag shows in help and errors.
struct FlagText {
    const char* type;   // N, DURATION
    const char* wrong;  // "is not a whole number": what is said of a text that is none
    const char* help;
    bool required = false;
    const char* standard = "";  // what counts when it is not given, as help shows it
};

// `take` returns whether the text is right.
void add_text(CLI::App& app, const std::string& name, const FlagText& text,
              std::function<bool(std::string_view)> take);

template <class Target, class Value>
void add_parsed(CLI::App& app, const std::string& name, Target& target,
                std::optional<Value> (*parse)(std::string_view), const FlagText& text) {
    add_text(app, name, text, [&target, parse](std::string_view given) {
        const std::optional<Value> value = parse(given);
        if (value) target = *value;
        return value.has_value();
    });
}

constexpr const char* not_a_number = "is not a whole number of 0 or more";
constexpr const char* not_a_lease = "is not a lease id in hex, as \"lease grant\" prints it";

}  // namespace kvbus::kvctl
