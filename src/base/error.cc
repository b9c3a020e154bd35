#include <kvbus/error.h>

namespace kvbus {

std::string_view name_of(Code code) {
    switch (code) {
        case Code::ok:
            return "ok";
        case Code::malformed:
            return "malformed";
        case Code::unsupported:
            return "unsupported";
        case Code::invalid_argument:
            return "invalid_argument";
        case Code::too_large:
            return "too_large";
        case Code::overloaded:
            return "overloaded";
        case Code::unavailable:
            return "unavailable";
        case Code::timeout:
            return "timeout";
        case Code::outcome_unknown:
            return "outcome_unknown";
        case Code::no_space:
            return "no_space";
        case Code::stale_request:
            return "stale_request";
        case Code::wrong_cluster:
            return "wrong_cluster";
        case Code::connection:
            return "connection";
        case Code::closed:
            return "closed";
        case Code::io:
            return "io";
        case Code::in_use:
            return "in_use";
        case Code::damaged:
            return "damaged";
        case Code::internal:
            return "internal";
        case Code::compacted:
            return "compacted";
        case Code::future_revision:
            return "future_revision";
        case Code::key_not_found:
            return "key_not_found";
        case Code::lease_not_found:
            return "lease_not_found";
        case Code::lease_exists:
            return "lease_exists";
        case Code::wrong_type:
            return "wrong_type";
        case Code::overflow:
            return "overflow";
        case Code::duplicate_key:
            return "duplicate_key";
        case Code::not_first:
            return "not_first";
        case Code::place_lost:
            return "place_lost";
        case Code::compare_failed:
            return "compare_failed";
    }
    return "unknown";
}

Category category_of(Code code) {
    switch (code) {
        case Code::ok:
            return Category::none;
        case Code::key_not_found:
        case Code::lease_not_found:
        case Code::compacted:
        case Code::future_revision:
            return Category::not_found;
        case Code::compare_failed:
        case Code::lease_exists:
        case Code::not_first:
        case Code::place_lost:
            return Category::condition_failed;
        case Code::malformed:
        case Code::unsupported:
        case Code::invalid_argument:
        case Code::too_large:
        case Code::wrong_type:
        case Code::overflow:
        case Code::duplicate_key:
            return Category::invalid;
        case Code::overloaded:
        case Code::no_space:
            return Category::overloaded;
        case Code::unavailable:
        case Code::timeout:
        case Code::connection:
            return Category::unavailable;
        case Code::outcome_unknown:
        case Code::stale_request:
        case Code::closed:
            return Category::outcome_unknown;
        case Code::wrong_cluster:
        case Code::io:
        case Code::in_use:
        case Code::damaged:
        case Code::internal:
            return Category::fault;
    }
    return Category::fault;
}

std::string_view name_of(Category category) {
    switch (category) {
        case Category::none:
            return "none";
        case Category::not_found:
            return "not_found";
        case Category::condition_failed:
            return "condition_failed";
        case Category::invalid:
            return "invalid";
        case Category::overloaded:
            return "overloaded";
        case Category::unavailable:
            return "unavailable";
        case Category::outcome_unknown:
            return "outcome_unknown";
        case Category::fault:
            return "fault";
    }
    return "unknown";
}

}  // namespace kvbus
