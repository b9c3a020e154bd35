#include "kvctl/session.h"

#include <utility>

#include "kvctl/command.h"

namespace kvbus::kvctl {

ClientOptions client_options(const Globals& globals, std::vector<std::string> endpoints) {
    ClientOptions options;
    options.endpoints = std::move(endpoints);
    options.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(globals.timeout);
    options.connect_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(globals.dial_timeout);
    options.stay_on_endpoints = true;
    return options;
}

Client& Session::client(const Globals& globals) {
    Target target{globals.endpoints, globals.dial_timeout, globals.timeout};
    if (!client_ || target != target_) {
        client_ = std::make_unique<Client>(client_options(globals, globals.endpoints));
        target_ = std::move(target);
    }
    return *client_;
}

}  // namespace kvbus::kvctl
