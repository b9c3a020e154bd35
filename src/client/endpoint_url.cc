#include "client/endpoint_url.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "wire/limits.h"

namespace kvbus::client {
namespace {

constexpr std::string_view scheme = "tcp://";

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

bool is_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    else if (text.find(':') != std::string_view::npos)
        return false;
    const auto allowed = [](unsigned char c) {
        return c > ' ' && c < 0x7f && c != '*' && c != ';' && c != '/' && c != '[' && c != ']';
    };
    return !text.empty() && std::ranges::all_of(text, allowed);
}

std::string printable(std::string_view text) {
    std::string result(text.substr(0, wire::limits::url_bytes_max));
    std::ranges::replace_if(
        result, [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
    return result;
}

}  // namespace

Result<void> validate_endpoint_url(std::string_view url) {
    const std::string_view address = url.starts_with(scheme) ? url.substr(scheme.size()) : "";
    const std::size_t colon = address.rfind(':');
    if (url.size() <= wire::limits::url_bytes_max && colon != std::string_view::npos &&
        is_host(address.substr(0, colon)) && is_port(address.substr(colon + 1))) {
        return {};
    }
    return Error{
        Code::invalid_argument,
        "endpoint \"" + printable(url) + "\" is not of the form tcp://HOST:PORT, as in tcp://127.0.0.1:4370"};
}

bool is_ipv6(std::string_view url) {
    return url.starts_with("tcp://[");
}

}  // namespace kvbus::client
