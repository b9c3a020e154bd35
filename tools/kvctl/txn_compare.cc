// Comparisons: mod("key") > "0".
#include <algorithm>
#include <array>

#include "kvctl/flags.h"
#include "kvctl/parse_text.h"
#include "kvctl/txn_text.h"

namespace kvbus::kvctl {
namespace {

struct TargetName {
    std::string_view name;
    CompareTarget target;
};
// The short ones are etcdctl's too.
constexpr std::array target_names = {TargetName{"version", CompareTarget::version},
                                     TargetName{"ver", CompareTarget::version},
                                     TargetName{"create", CompareTarget::create_revision},
                                     TargetName{"c", CompareTarget::create_revision},
                                     TargetName{"mod", CompareTarget::mod_revision},
                                     TargetName{"m", CompareTarget::mod_revision},
                                     TargetName{"value", CompareTarget::value},
                                     TargetName{"val", CompareTarget::value},
                                     TargetName{"lease", CompareTarget::lease}};

void skip_spaces(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
}

std::optional<std::string> take_quoted(std::string_view& text) {
    skip_spaces(text);
    auto quoted = parse_quoted(text);
    if (!quoted) return std::nullopt;
    text.remove_prefix(quoted->length);
    return std::move(quoted->value);
}

std::optional<Relation> take_relation(std::string_view& text) {
    skip_spaces(text);
    const std::size_t length = text.starts_with("!=") ? 2 : 1;
    const std::string_view sign = text.substr(0, length);
    text.remove_prefix(sign.size());
    if (sign == "=") return Relation::equal;
    if (sign == "!=") return Relation::not_equal;
    if (sign == ">") return Relation::greater;
    if (sign == "<") return Relation::less;
    return std::nullopt;
}

Error wrong_compare(const std::string& what) {
    return {Code::invalid_argument, what + "; a comparison reads mod(\"key\") > \"0\""};
}

}  // namespace

Result<Compare> parse_compare(std::string_view line) {
    skip_spaces(line);
    const std::size_t parenthesis = line.find('(');
    if (parenthesis == std::string_view::npos) return wrong_compare("there is no ( in this comparison");
    const std::string_view name = line.substr(0, parenthesis);
    const auto target = std::ranges::find(target_names, name, &TargetName::name);
    if (target == target_names.end()) {
        return wrong_compare("\"" + std::string(name) +
                             "\" cannot be compared; create, mod, version, value and lease can");
    }
    line.remove_prefix(parenthesis + 1);

    Compare compare;
    compare.target = target->target;
    auto key = take_quoted(line);
    if (!key) return wrong_compare("the key is not in double quotes, with Go's escapes");
    compare.key = std::move(*key);
    skip_spaces(line);
    if (!line.starts_with(')')) return wrong_compare("there is no ) after the key");
    line.remove_prefix(1);
    const auto relation = take_relation(line);
    if (!relation) return wrong_compare("the key is followed by none of = != < >");
    compare.relation = *relation;
    auto value = take_quoted(line);
    if (!value) return wrong_compare("what is compared with is not in double quotes, with Go's escapes");
    skip_spaces(line);
    if (!line.empty()) return wrong_compare("something follows the comparison: " + std::string(line));

    if (compare.target == CompareTarget::value) {
        compare.value = std::move(*value);
        return compare;
    }
    const bool lease = compare.target == CompareTarget::lease;
    const auto number = lease ? parse_hex(*value) : parse_decimal(*value);
    if (!number) return wrong_compare("\"" + *value + "\" " + (lease ? not_a_lease : not_a_number));
    compare.number = *number;
    return compare;
}

}  // namespace kvbus::kvctl
