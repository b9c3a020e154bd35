#include "scenario/transcript.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "raft/trace.h"
#include "scenario/cluster.h"

namespace kvbus::scenario {
namespace {

using Words = std::vector<std::string>;

constexpr Duration patience = std::chrono::seconds{60};  // of `run until`

const std::map<std::string, Topic> topics{
    {"messages", Topic::message},  {"disk", Topic::disk},        {"roles", Topic::role},
    {"applies", Topic::apply},     {"reads", Topic::read},       {"fetches", Topic::fetch},
    {"processes", Topic::process}, {"refusals", Topic::refusal}, {"snapshots", Topic::snapshot},
};

Words words_of(const std::string& line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

std::uint64_t number_in(std::string_view word) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) {
        throw std::invalid_argument("not a number: " + std::string{word});
    }
    return value;
}

Duration duration_in(std::string_view word) {
    if (word.ends_with("ms")) return std::chrono::milliseconds{number_in(word.substr(0, word.size() - 2))};
    if (word.ends_with("s")) return std::chrono::seconds{number_in(word.substr(0, word.size() - 1))};
    throw std::invalid_argument("not a duration: " + std::string{word});
}

NodeId node_in(std::string_view word) {
    return word == "*" ? NodeId{} : NodeId{number_in(word)};
}

// LINK [KIND], from words[1] on.
Link link_in(const Words& words) {
    const std::string& link = words.at(1);
    const std::size_t arrow = link.find('>');
    if (arrow == std::string::npos) throw std::invalid_argument("not a link: " + link);
    const bool has_kind = words.size() > 2 && words[2] != "copy" && words[2] != "newest";
    return {node_in(std::string_view{link}.substr(0, arrow)),
            node_in(std::string_view{link}.substr(arrow + 1)), has_kind ? words[2] : ""};
}

// The number after `name` as the third word, or 0 without one.
std::uint64_t option_in(const Words& words, std::string_view name) {
    if (words.size() < 3) return 0;
    if (!words[2].starts_with(name)) throw std::invalid_argument("not an option: " + words[2]);
    return number_in(std::string_view{words[2]}.substr(name.size()));
}

ClusterOptions options_in(const Words& words) {
    ClusterOptions options;
    options.nodes = number_in(words.at(1));
    for (std::size_t i = 2; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        const std::string name = words[i].substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : words[i].substr(equals + 1);
        if (name == "timeouts") {
            std::istringstream list(value);
            for (std::string timeout; std::getline(list, timeout, ',');)
                options.timeouts.push_back(duration_in(timeout));
        } else if (name == "log_window") {
            options.config.log_window_bytes = number_in(value);
        } else if (name == "append_bytes") {
            options.config.append_bytes_max = number_in(value);
        } else if (name == "snapshot_time") {
            options.snapshot_time = duration_in(value);
        } else {
            throw std::invalid_argument("not an option of a cluster: " + words[i]);
        }
    }
    if (!options.timeouts.empty() && options.timeouts.size() != options.nodes) {
        throw std::invalid_argument("one timeout per node is needed");
    }
    return options;
}

class Player {
  public:
    void obey(const std::string& line);
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }

  private:
    using Command = void (Player::*)(const Words&);

    void create(const Words& words);
    void show(const Words& words);
    void hide(const Words& words);
    void run(const Words& words);
    void campaign(const Words& words) { cluster().campaign(node(words)); }
    void propose(const Words& words) { cluster().propose(node(words), words.at(2)); }
    void read(const Words& words) { cluster().read(node(words)); }
    void snapshot(const Words& words);
    void crash(const Words& words) { cluster().crash(node(words)); }
    void restart(const Words& words);
    void lost(const Words& words) { cluster().lose(node(words)); }
    void cut(const Words& words);
    void heal(const Words&) { cluster().network().heal(); }
    void hold(const Words& words) { cluster().network().hold(link_in(words)); }
    void release(const Words& words);
    void deliver(const Words& words);
    void drop(const Words& words);
    void persist(const Words& words);
    void status(const Words& words);
    void log(const Words& words);
    void network(const Words& words);

    [[nodiscard]] Cluster& cluster();
    [[nodiscard]] NodeId node(const Words& words);
    [[nodiscard]] bool is_shown(Topic topic, std::string_view kind) const;
    void note(const std::string& line);  // with the time
    template <class Condition>
    void run_until(const Condition& holds);

    static const std::map<std::string, Command> commands;

    std::optional<Cluster> cluster_;
    std::set<Topic> shown_topics_{Topic::role,     Topic::apply,   Topic::read,
                                  Topic::snapshot, Topic::process, Topic::refusal};
    std::set<std::string, std::less<>> shown_kinds_;
    std::string output_;
};

const std::map<std::string, Player::Command> Player::commands{
    {"nodes", &Player::create}, {"show", &Player::show},         {"hide", &Player::hide},
    {"run", &Player::run},      {"campaign", &Player::campaign}, {"propose", &Player::propose},
    {"read", &Player::read},    {"crash", &Player::crash},       {"restart", &Player::restart},
    {"lost", &Player::lost},    {"cut", &Player::cut},           {"heal", &Player::heal},
    {"hold", &Player::hold},    {"release", &Player::release},   {"deliver", &Player::deliver},
    {"drop", &Player::drop},    {"persist", &Player::persist},   {"status", &Player::status},
    {"log", &Player::log},      {"network", &Player::network},   {"snapshot", &Player::snapshot},
};

void Player::obey(const std::string& line) {
    const Words words = words_of(line);
    const auto command = commands.find(words.front());
    if (command == commands.end()) throw std::invalid_argument("not a command: " + line);
    (this->*command->second)(words);
}

Cluster& Player::cluster() {
    if (!cluster_) throw std::invalid_argument("`nodes` must come first");
    return *cluster_;
}

NodeId Player::node(const Words& words) {
    const NodeId node{number_in(words.at(1))};
    if (!node || node.value > cluster().size()) throw std::invalid_argument("no such node: " + words[1]);
    return node;
}

void Player::note(const std::string& line) {
    char time[32];
    std::snprintf(time, sizeof time, "[%5lld] ", static_cast<long long>(to_milliseconds(cluster().now())));
    output_ += time + line + "\n";
}

bool Player::is_shown(Topic topic, std::string_view kind) const {
    return shown_topics_.contains(topic) || shown_kinds_.contains(kind);
}

void Player::create(const Words& words) {
    if (cluster_) throw std::invalid_argument("one transcript, one cluster");
    cluster_.emplace(options_in(words), [this](Topic topic, std::string_view kind, const std::string& line) {
        if (is_shown(topic, kind)) note(line);
    });
}

void Player::show(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (const auto topic = topics.find(words[i]); topic != topics.end()) {
            shown_topics_.insert(topic->second);
        } else {
            shown_kinds_.insert(words[i]);
        }
    }
}

void Player::hide(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (const auto topic = topics.find(words[i]); topic != topics.end())
            shown_topics_.erase(topic->second);
        shown_kinds_.erase(words[i]);
    }
}

template <class Condition>
void Player::run_until(const Condition& holds) {
    const Duration end = cluster().now() + patience;
    while (!holds()) {
        if (!cluster().run_next(end)) throw Violation("waited in vain");
    }
}

void Player::run(const Words& words) {
    if (words.at(1) != "until") return cluster().run_until(cluster().now() + duration_in(words[1]));
    if (words.at(2) == "leader") return run_until([&] { return static_cast<bool>(cluster().leader()); });
    if (words[2] != "applied") throw std::invalid_argument("cannot run until " + words[2]);
    const Index index{number_in(words.at(3))};
    run_until([&] {
        for (std::uint64_t id = 1; id <= cluster().size(); ++id) {
            if (cluster().core(NodeId{id}) && cluster().checker().applied_by(NodeId{id}) < index)
                return false;
        }
        return true;
    });
}

void Player::snapshot(const Words& words) {
    cluster().take_snapshot(node(words), option_in(words, "keep="));
}

void Player::restart(const Words& words) {
    cluster().restart(node(words), Index{option_in(words, "base=")});
}

void Player::cut(const Words& words) {
    const auto bar = std::find(words.begin(), words.end(), "|");
    if (bar == words.end()) return cluster().network().cut(link_in(words));
    for (auto left = words.begin() + 1; left != bar; ++left) {
        for (auto right = bar + 1; right != words.end(); ++right) {
            cluster().network().cut({node_in(*left), node_in(*right)});
            cluster().network().cut({node_in(*right), node_in(*left)});
        }
    }
}

void Player::release(const Words& words) {
    cluster().network().release(Instant{} + cluster().now(), link_in(words));
}

void Player::deliver(const Words& words) {
    const bool copy = words.back() == "copy";
    const Pick pick = words.back() == "newest" ? Pick::newest : Pick::oldest;
    Network& network = cluster().network();
    const auto flight = copy ? network.copy(link_in(words)) : network.take(link_in(words), pick);
    if (!flight) throw Violation("no such message is under way");
    if (!is_shown(Topic::message, raft::kind_of(flight->envelope.message))) {
        note(cluster().text_of(flight->from, flight->envelope));
    }
    cluster().deliver(*flight);
}

void Player::drop(const Words& words) {
    const auto flight = cluster().network().take(link_in(words));
    if (!flight) throw Violation("no such message is under way");
    note(cluster().text_of(flight->from, flight->envelope) + " (lost)");
}

void Player::persist(const Words& words) {
    const std::string& how = words.at(2);
    if (how == "hold" || how == "auto") return cluster().hold_disk(node(words), how == "hold");
    if (how == "one") return cluster().persist_one(node(words));
    if (how == "all") return cluster().persist_all(node(words));
    throw std::invalid_argument("persist N hold|one|all|auto");
}

void Player::status(const Words&) {
    for (std::uint64_t id = 1; id <= cluster().size(); ++id) {
        const raft::Core* core = cluster().core(NodeId{id});
        output_ +=
            core ? raft::describe(NodeId{id}, core->status()) + "\n" : std::to_string(id) + " is down\n";
    }
}

void Player::log(const Words& words) {
    const MemoryDisk& disk = cluster().disk(node(words));
    const raft::HardState& state = disk.durable().hard_state;
    output_ += "on disk: term=" + std::to_string(state.term.value) +
               " vote=" + std::to_string(state.vote.value) + "\n";
    if (disk.durable().snapshot) output_ += "  " + raft::describe(*disk.durable().snapshot) + "\n";
    for (const raft::Entry& entry : disk.durable().log)
        output_ += "  " + raft::describe(entry) + "\n";
    for (const raft::Write& write : disk.in_flight())
        output_ += "in flight: " + raft::describe(write) + "\n";
}

void Player::network(const Words&) {
    for (const Flight& flight : cluster().network().flights()) {
        output_ += cluster().text_of(flight.from, flight.envelope) + (flight.held ? " (held)\n" : "\n");
    }
}

}  // namespace

Played play(const std::string& transcript) {
    std::istringstream lines(transcript);
    Played played;
    Player player;
    bool in_output = false;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (in_output) {
            in_output = !line.empty();
            if (in_output) continue;  // replaced by what really happened
        }
        if (line != "----") played.text += line + "\n";
        if (line.empty() || line.starts_with('#')) continue;
        try {
            if (line == "----") {
                played.text += "----\n" + player.take_output();
                in_output = true;
            } else {
                player.obey(line);
            }
        } catch (const Violation& violation) {
            played.violation = violation.what();
            played.text += "----\n" + player.take_output() + "violation: " + violation.what() + "\n";
            return played;
        } catch (const std::exception& problem) {
            throw std::invalid_argument("line " + std::to_string(number) + ": " + problem.what());
        }
    }
    if (const std::string rest = player.take_output(); !rest.empty()) played.text += "----\n" + rest;
    return played;
}

}  // namespace kvbus::scenario
