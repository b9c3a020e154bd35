// The cluster under load, as its nodes describe themselves. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kvbus/client.h>

namespace kvbus::bench {

class Cluster {
  public:
    // Asks for the members, and waits a little for a leader. Members that do not answer are named on stderr
    // and left out of everything that follows.
    [[nodiscard]] static Result<Cluster> find(const std::vector<std::string>& endpoints);

    [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }  // never empty
    [[nodiscard]] std::size_t leader() const { return leader_; }                  // index into urls()

    // Every node's own account, in the order of urls().
    [[nodiscard]] Result<std::vector<EndpointStatus>> status();

    // Whether all of the first `keys` keys are there, with values of this size as far as the first one shows.
    [[nodiscard]] Result<bool> holds(std::uint64_t keys, std::uint64_t value_size);

  private:
    std::unique_ptr<Client> client_;
    std::vector<std::string> urls_;
    std::size_t leader_ = 0;
};

}  // namespace kvbus::bench
