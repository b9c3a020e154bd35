// Somebody who wants a lock, again and again: takes a lease and keeps it alive, stands in the line for a
// name, holds for a while, and then gives up its place, or just falls silent. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.h"
#include "client/stored_operation.h"
#include "sim/agenda.h"
#include "sim/plan.h"

namespace kvbus::sim {

class Candidate {
  public:
    using Then = std::function<void(const wire::Reply&)>;
    using Call = std::function<void(const client::Operation&, Then)>;
    // `call` asks for something, until its client is stopped.
    Candidate(std::uint64_t number, const Plan& plan, Agenda& agenda, Call call);

    void start();
    void stop() { stopped_ = true; }

  private:
    void take_lease();
    void keep_alive();
    void stand();
    void stood(const wire::Reply& reply);
    void leave(const std::string& key);
    void after_a_while(Duration most, void (Candidate::*step)());

    std::uint64_t number_;
    const Plan& plan_;
    Agenda& agenda_;
    Call call_;
    Random random_;
    std::chrono::milliseconds ttl_{};
    LeaseId lease_;
    std::uint64_t leases_ = 0;
    std::string name_;
    bool stopped_ = false;
};

// The lines that candidates stand in begin with this.
inline constexpr std::string_view lines_family = "s";

}  // namespace kvbus::sim
