#include "kvctl/key_range.h"

#include <kvbus/client.h>

namespace kvbus::kvctl {

Result<KeyRange> key_range(const KeyArguments& arguments) {
    if (arguments.prefix && arguments.from_key) {
        return Error{Code::invalid_argument, "--prefix and --from-key cannot be used together; choose one"};
    }
    if ((arguments.prefix || arguments.from_key) && arguments.range_end) {
        return Error{Code::invalid_argument, "with --prefix or --from-key only KEY is taken; leave out \"" +
                                                 *arguments.range_end + "\""};
    }
    const std::string zero(1, '\0');
    // The empty key is before all others, and no key itself.
    if ((arguments.prefix || arguments.from_key) && arguments.key.empty()) return KeyRange{zero, zero};
    if (arguments.prefix) return KeyRange{arguments.key, prefix_end(arguments.key)};
    if (arguments.from_key) return KeyRange{arguments.key, zero};
    return KeyRange{arguments.key, arguments.range_end.value_or("")};
}

}  // namespace kvbus::kvctl
