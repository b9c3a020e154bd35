#include "system/harness/cluster.h"

#include <algorithm>
#include <utility>

#include <signal.h>

#include "base/check.h"

namespace kvbus::harness {
namespace {

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ",") + part;
    return text;
}

}  // namespace

std::string kvd_path() {
    return KVBUS_TEST_KVD;
}
std::string kvctl_path() {
    return KVBUS_TEST_KVCTL;
}

Cluster::Cluster(const TestDir& dir, ClusterOptions options)
    : dir_(dir), options_(std::move(options)), nodes_(static_cast<std::size_t>(options_.nodes)) {
    for (int i = 0; i < size(); ++i)
        at(i).data_dir = dir_ / name(i);
    observer_ = std::make_unique<Client>(ClientOptions{
        .endpoints = endpoints(), .timeout = std::chrono::milliseconds{500}, .stay_on_endpoints = true});
}

Cluster::~Cluster() = default;

CommandLine Cluster::command(int node) const {
    std::vector<std::string> members;
    for (int i = 0; i < size(); ++i)
        members.push_back(name(i) + "=" + peer_url(i));
    CommandLine command{{kvd_path(), "--name", name(node), "--data-dir", data_dir(node).string(),
                         "--listen-client", client_url(node), "--listen-peer", peer_url(node),
                         "--initial-cluster", join(members)}};
    command.arguments.insert(command.arguments.end(), options_.flags.begin(), options_.flags.end());
    return command;
}

std::vector<std::string> Cluster::endpoints() const {
    std::vector<std::string> urls;
    for (int i = 0; i < size(); ++i)
        urls.push_back(client_url(i));
    return urls;
}

std::string Cluster::endpoint_list() const {
    return join(endpoints());
}

void Cluster::start(int node) {
    KV_CHECK(!runs(node), "the node runs");
    at(node).process = std::make_unique<Process>(command(node), log(node));
    at(node).paused = false;
}

void Cluster::start_all() {
    for (int i = 0; i < size(); ++i)
        start(i);
    for (int i = 0; i < size(); ++i)
        wait_until_serving(i);
}

std::unique_ptr<Process> Cluster::release(int node) {
    KV_CHECK(at(node).process != nullptr, "the node was never started");
    return std::move(at(node).process);
}

void Cluster::kill(const std::vector<int>& nodes) {
    for (const int node : nodes)
        at(node).process->signal(SIGKILL);
    for (const int node : nodes)
        release(node)->wait(patience);
}

Ending Cluster::stop(int node) {
    const auto process = release(node);
    process->signal(SIGTERM);
    return process->wait(patience);
}

Ending Cluster::wait_for_ending(int node) {
    return release(node)->wait(patience);
}

void Cluster::pause(int node) {
    at(node).process->signal(SIGSTOP);
    at(node).paused = true;
}

void Cluster::resume(int node) {
    at(node).process->signal(SIGCONT);
    at(node).paused = false;
}

bool Cluster::runs(int node) {
    return at(node).process != nullptr && !at(node).process->ending();
}

void Cluster::must_run(int node) {
    if (runs(node)) return;
    const auto& process = at(node).process;
    throw Failure(name(node) +
                  (process == nullptr ? " was not started" : " " + describe(*process->ending())));
}

Result<EndpointStatus> Cluster::status(int node) {
    return observer_->status(client_url(node));
}

void Cluster::wait_until_serving(int node) {
    wait_for(name(node) + " to serve", patience, [&]() -> std::string {
        must_run(node);
        const auto status = this->status(node);
        if (!status.ok()) return status.error().message;
        return status->header.leader ? "" : "it knows no leader";
    });
}

Leader Cluster::wait_for_leader() {
    std::optional<Leader> leader;
    wait_for("a leader", patience, [&]() -> std::string {
        leader.reset();
        std::uint64_t newest_term = 0;
        std::string seen;
        for (int i = 0; i < size(); ++i) {
            if (!answers(i)) continue;
            const auto status = this->status(i);
            seen += name(i) + ": " + (status.ok() ? status->role : status.error().message) + "; ";
            if (!status.ok()) continue;
            const auto term = status->header.term;
            if (term > newest_term) leader.reset();  // a leader of an older term is none
            if (term >= newest_term && status->role == "leader") leader = {i, term};
            newest_term = std::max(newest_term, term);
        }
        return leader ? "" : seen;
    });
    return *leader;
}

void Cluster::wait_until_caught_up(int node) {
    std::uint64_t commit = 0;
    for (int i = 0; i < size(); ++i) {
        if (!answers(i)) continue;
        if (const auto status = this->status(i); status.ok()) commit = std::max(commit, status->commit);
    }
    wait_for(name(node) + " to apply index " + std::to_string(commit), patience, [&]() -> std::string {
        must_run(node);
        const auto status = this->status(node);
        if (!status.ok()) return status.error().message;
        return status->applied >= commit ? "" : "it has applied " + std::to_string(status->applied);
    });
}

void Cluster::wait_for_agreement() {
    wait_for("all nodes to agree", patience, [&]() -> std::string {
        std::string seen;
        std::optional<EndpointStatus> first;
        bool same_index = true;
        for (int i = 0; i < size(); ++i) {
            if (!runs(i)) continue;
            auto status = this->status(i);
            if (!status.ok()) return name(i) + ": " + status.error().message;
            seen += name(i) + " has applied " + std::to_string(status->applied) + "; ";
            if (!first) first = *status;
            same_index = same_index && status->applied == first->applied && status->commit == first->commit;
            if (status->applied == first->applied && status->state_hash != first->state_hash)
                throw Failure("the nodes differ at index " + std::to_string(status->applied));
        }
        return same_index ? "" : seen;
    });
}

}  // namespace kvbus::harness
