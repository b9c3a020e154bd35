#include "kvctl/flags.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace kvbus::kvctl {

void add_text(CLI::App& app, const std::string& name, const FlagText& text,
              std::function<bool(std::string_view)> take) {
    const std::string wrong = text.wrong;
    app.add_option_function<std::string>(
           name,
           [name, wrong, take = std::move(take)](const std::string& given) {
               if (!take(given)) throw CLI::ValidationError(name, "\"" + given + "\" " + wrong);
           },
           text.help)
        ->type_name(text.type)
        ->required(text.required)
        ->default_str(text.standard);
}

}  // namespace kvbus::kvctl
