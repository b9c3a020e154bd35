#include "kvd/config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "kvd/machine_memory.h"
#include "wire/limits.h"

namespace kvbus::kvd {
namespace {

constexpr std::uint64_t history_bytes_min = 1 << 20;
constexpr std::uint64_t snapshot_log_bytes_min = 1 << 20;
constexpr std::uint32_t hours_max = 10 * 366 * 24;  // any more, and nanoseconds would not fit

Error bad(std::string_view flag, std::string_view value, std::string_view wanted) {
    return {Code::invalid_argument,
            "--" + std::string(flag) + ": '" + std::string(value) + "' is not " + std::string(wanted)};
}

template <class Number>
std::optional<std::pair<Number, std::string_view>> leading_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

struct Address {
    std::string_view host;
    std::uint16_t port = 0;
};

std::optional<Address> parse_url(std::string_view url) {
    constexpr std::string_view scheme = "tcp://";
    if (!url.starts_with(scheme) || url.size() > wire::limits::url_bytes_max) return std::nullopt;
    url.remove_prefix(scheme.size());
    const auto colon = url.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto port = leading_number<std::uint16_t>(url.substr(colon + 1));
    if (!port || !port->second.empty() || port->first == 0) return std::nullopt;
    const auto host = url.substr(0, colon);
    if (host.find_first_of(" /,=@") != std::string_view::npos) return std::nullopt;
    return Address{host, port->first};
}

bool is_wildcard(std::string_view url) {
    const auto address = parse_url(url);
    return address && (address->host == "*" || address->host == "0.0.0.0" || address->host == "[::]");
}

bool is_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.size() <= wire::limits::name_bytes_max && name.front() != '.' &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

std::uint64_t id_from(std::string_view text) {
    return std::max<std::uint64_t>(1, hash_bytes(text));
}

constexpr std::string_view url_form = "a URL of the form tcp://HOST:PORT";

// NAME=URL[,NAME=URL…], sorted by name.
Result<std::vector<Member>> parse_members(std::string_view text) {
    std::vector<Member> members;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const auto part = text.substr(begin, end - begin);
        begin = end + 1;
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || !is_name(part.substr(0, equals)) ||
            !parse_url(part.substr(equals + 1)))
            return bad("initial-cluster", part, "NAME=tcp://HOST:PORT");
        members.push_back(
            {{}, std::string(part.substr(0, equals)), std::string(part.substr(equals + 1)), {}});
    }
    std::ranges::sort(members, {}, &Member::name);
    for (std::size_t i = 0; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (members[i].name == members[j].name)
                return bad("initial-cluster", members[i].name, "named once");
            if (members[i].peer_url == members[j].peer_url)
                return bad("initial-cluster", members[i].peer_url, "the address of one node only");
        }
    }
    if (members.size() > wire::limits::members_max)
        return bad("initial-cluster", std::to_string(members.size()) + " nodes", "within the limit of 64");
    return members;
}

Result<void> check_urls(const Flags& flags) {
    const std::pair<std::string_view, const std::string*> urls[] = {
        {"listen-client", &flags.listen_client},
        {"listen-peer", &flags.listen_peer},
        {"advertise-client", &flags.advertise_client},
        {"advertise-peer", &flags.advertise_peer}};
    for (const auto& [flag, url] : urls) {
        if (flag.starts_with("advertise") && url->empty()) continue;
        if (!parse_url(*url)) return bad(flag, *url, url_form);
        if (flag.starts_with("advertise") && is_wildcard(*url))
            return bad(flag, *url, "an address that others can connect to");
    }
    if (flags.listen_client == flags.listen_peer)
        return bad("listen-peer", flags.listen_peer, "different from --listen-client");
    return {};
}

// What others are told to connect to.
Result<std::string> advertised(std::string_view flag, const std::string& given, const std::string& listen) {
    if (!given.empty()) return given;
    if (is_wildcard(listen)) {
        return Error{
            Code::invalid_argument,
            "--" + std::string(flag) + ": needed, since this node listens on every address (" + listen + ")"};
    }
    return listen;
}

Result<void> check_timing(const Flags& flags, Config& config) {
    struct Wish {
        std::string_view flag;
        const std::string& text;
        Duration& value;
        Duration low, high;
        std::string_view range;
    };
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    const Wish wishes[] = {
        {"heartbeat-interval", flags.heartbeat_interval, config.heartbeat_interval, milliseconds{5},
         seconds{10}, "a time from 5ms to 10s, such as 50ms"},
        {"election-timeout", flags.election_timeout, config.election_timeout, milliseconds{50}, seconds{100},
         "a time from 50ms to 100s, such as 500ms"},
        {"request-timeout", flags.request_timeout, config.request_timeout, milliseconds{1}, seconds{60},
         "a time from 1ms to 60s, such as 5s"},
    };
    for (const auto& wish : wishes) {
        const auto parsed = parse_duration(wish.text);
        if (!parsed.ok() || *parsed < wish.low || *parsed > wish.high)
            return bad(wish.flag, wish.text, wish.range);
        wish.value = *parsed;
    }
    if (config.election_timeout < 5 * config.heartbeat_interval)
        return bad("election-timeout", flags.election_timeout,
                   "at least five heartbeat intervals (" + flags.heartbeat_interval + " each)");
    return {};
}

// A whole number from `low` to `high`.
template <class Number>
Result<Number> number_of(std::string_view flag, const std::string& text, Number low, Number high) {
    const auto number = leading_number<Number>(text);
    if (!number || !number->second.empty() || number->first < low || number->first > high)
        return bad(flag, text, "a number from " + std::to_string(low) + " to " + std::to_string(high));
    return number->first;
}

Result<void> check_history(const Flags& flags, machine::HistoryLimits& history) {
    const auto bytes = parse_bytes(flags.history_bytes);
    if (!bytes.ok() || *bytes < history_bytes_min)
        return bad("history-bytes", flags.history_bytes, "a size of at least 1MiB, such as 128MiB");
    const auto revisions =
        number_of<std::uint64_t>("history-revisions", flags.history_revisions, 0, std::uint64_t{1} << 40);
    if (!revisions.ok()) return revisions.error();
    const auto age = parse_duration(flags.history_age);
    if (!age.ok())
        return bad("history-age", flags.history_age, "a time such as 90s or 24h, or 0s for no bound");
    history = {.bytes_max = *bytes, .revisions_max = *revisions, .age_max = *age};
    return {};
}

Result<void> check_snapshots(const Flags& flags, node::SnapshotPolicy& snapshots) {
    const auto bytes = parse_bytes(flags.snapshot_log_bytes);
    if (!bytes.ok() || (*bytes > 0 && *bytes < snapshot_log_bytes_min))
        return bad("snapshot-log-bytes", flags.snapshot_log_bytes,
                   "a size of at least 1MiB, such as 64MiB, or 0 for no snapshots");
    const auto percent =
        number_of<std::uint64_t>("snapshot-log-percent", flags.snapshot_log_percent, 0, 1000);
    if (!percent.ok()) return percent.error();
    const auto kept = parse_bytes(flags.snapshot_log_kept);
    if (!kept.ok()) return bad("snapshot-log-kept", flags.snapshot_log_kept, "a size such as 16MiB");
    snapshots.log_bytes_min = *bytes;
    snapshots.log_percent = *percent;
    snapshots.log_bytes_kept = *kept;
    return {};
}

// The identity follows from what all nodes are started with, so that nobody has to hand out numbers.
Result<void> derive_identity(const Flags& flags, Config& config) {
    std::string canonical = flags.initial_cluster_token;
    for (const auto& member : config.members)
        canonical += "\n" + member.name + "=" + member.peer_url;
    config.cluster = ClusterId{id_from(canonical)};
    for (auto& member : config.members) {
        member.id = NodeId{id_from(canonical + "\n" + member.name)};
        if (member.name != config.name) continue;
        config.self = member.id;
        member.client_url = config.advertise_client;
        if (member.peer_url != config.advertise_peer)
            return Error{Code::invalid_argument,
                         "--initial-cluster: has " + member.name + " at " + member.peer_url +
                             ", but its --advertise-peer (by default its --listen-peer) is " +
                             config.advertise_peer};
    }
    if (!config.self)
        return Error{Code::invalid_argument,
                     "--initial-cluster: does not name this node, '" + config.name + "' (--name)"};
    return {};
}

}  // namespace

Result<Duration> parse_duration(const std::string& text) {
    const auto number = leading_number<std::uint32_t>(text);
    if (number) {
        if (number->second == "ms") return Duration{std::chrono::milliseconds{number->first}};
        if (number->second == "s") return Duration{std::chrono::seconds{number->first}};
        if (number->second == "m") return Duration{std::chrono::minutes{number->first}};
        if (number->second == "h" && number->first <= hours_max)
            return Duration{std::chrono::hours{number->first}};
    }
    return Error{Code::invalid_argument, "'" + text + "' is not a time such as 50ms, 5s, 2m or 24h"};
}

Result<std::uint64_t> parse_bytes(const std::string& text) {
    const auto number = leading_number<std::uint64_t>(text);
    if (number && number->first < (std::uint64_t{1} << 32)) {
        if (number->second.empty()) return number->first;
        if (number->second == "KiB") return number->first << 10;
        if (number->second == "MiB") return number->first << 20;
        if (number->second == "GiB") return number->first << 30;
    }
    return Error{Code::invalid_argument, "'" + text + "' is not a size such as 64MiB or 1GiB"};
}

Result<std::uint64_t> parse_memory_limit(const std::string& text,
                                         std::optional<std::uint64_t> machine_memory) {
    const auto percent = leading_number<std::uint64_t>(text);
    if (!percent || percent->second != "%") return parse_bytes(text);
    if (percent->first < 1 || percent->first > 100)
        return Error{Code::invalid_argument, "'" + text + "' is not a part from 1% to 100%"};
    return machine_memory.value_or(0) / 100 * percent->first;
}

Result<Config> check(const Flags& flags) {
    Config config;
    if (!is_name(flags.name))
        return bad("name", flags.name, "a name of 1 to 64 letters, digits, '-', '_' and '.'");
    config.name = flags.name;
    config.data_dir = flags.data_dir.empty() ? flags.name + ".kvbus" : flags.data_dir;
    if (auto checked = check_urls(flags); !checked.ok()) return checked.error();
    config.listen_client = flags.listen_client;
    config.listen_peer = flags.listen_peer;
    config.listen_http = flags.listen_http;

    auto client_url = advertised("advertise-client", flags.advertise_client, flags.listen_client);
    if (!client_url.ok()) return client_url.error();
    config.advertise_client = *client_url;
    auto peer_url = advertised("advertise-peer", flags.advertise_peer, flags.listen_peer);
    if (!peer_url.ok()) return peer_url.error();
    config.advertise_peer = *peer_url;

    auto members = parse_members(flags.initial_cluster.empty() ? flags.name + "=" + config.advertise_peer
                                                               : flags.initial_cluster);
    if (!members.ok()) return members.error();
    config.members = std::move(*members);
    if (auto derived = derive_identity(flags, config); !derived.ok()) return derived.error();
    if (auto timing = check_timing(flags, config); !timing.ok()) return timing.error();

    const auto floor = parse_bytes(flags.disk_free_min);
    if (!floor.ok()) return bad("disk-free-min", flags.disk_free_min, "a size such as 64MiB");
    config.disk_free_bytes_min = *floor;
    const auto memory = parse_memory_limit(flags.memory_limit, machine_memory());
    if (!memory.ok())
        return bad("memory-limit", flags.memory_limit,
                   "a size such as 2GiB, a part of the memory such as 75%, or 0 for no limit");
    config.memory_limit_bytes = *memory;
    if (auto history = check_history(flags, config.history); !history.ok()) return history.error();
    if (auto snapshots = check_snapshots(flags, config.snapshots); !snapshots.ok()) return snapshots.error();
    const auto operations =
        number_of<std::size_t>("max-txn-ops", flags.max_txn_ops, 1, wire::limits::txn_parts_max);
    if (!operations.ok()) return operations.error();
    config.txn_operations_max = *operations;
    const auto threads = number_of<int>("io-threads", flags.io_threads, 1, 8);
    if (!threads.ok()) return threads.error();
    config.io_threads = *threads;
    const auto level = parse_log_level(flags.log_level);
    if (!level) return bad("log-level", flags.log_level, "one of debug, info, warn, error");
    config.log_level = *level;
    return config;
}

}  // namespace kvbus::kvd
