// What commands share that run one after the other in one process: the connection to the cluster, and where
// values that are not on the command line come from. One thread.
#pragma once

#include <istream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <kvbus/client.h>

#include "base/time.h"

namespace kvbus::kvctl {

struct Globals;

// A client that talks to these endpoints and no others: kvctl goes where it is sent.
[[nodiscard]] ClientOptions client_options(const Globals& globals, std::vector<std::string> endpoints);

class Session {
  public:
    // `values` outlives it.
    explicit Session(std::istream& values) : values_(&values) {}

    // The same as last time while endpoints and timeouts are the same.
    [[nodiscard]] Client& client(const Globals& globals);
    [[nodiscard]] std::istream& values() const { return *values_; }

    // Within the REPL stdin is the commands: values do not come from there.
    [[nodiscard]] bool in_repl() const { return in_repl_; }
    void enter_repl(std::istream& values) { values_ = &values, in_repl_ = true; }
    void leave_repl(std::istream& values) { values_ = &values, in_repl_ = false; }

  private:
    using Target = std::tuple<std::vector<std::string>, Duration, Duration>;

    std::istream* values_;
    Target target_;
    std::unique_ptr<Client> client_;
    bool in_repl_ = false;
};

}  // namespace kvbus::kvctl
