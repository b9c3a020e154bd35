#include "sim/candidate.h"

#include <chrono>
#include <utility>
#include <variant>

namespace kvbus::sim {
namespace {

using std::chrono::microseconds;

constexpr std::uint64_t lines = 2;

client::Operation command(machine::Change change) {
    return machine::without_session(std::move(change));
}

bool is_ok(const wire::Reply& reply) {
    return !std::holds_alternative<Error>(reply.body);
}

}  // namespace

Candidate::Candidate(std::uint64_t number, const Plan& plan, Agenda& agenda, Call call)
    : number_(number),
      plan_(plan),
      agenda_(agenda),
      call_(std::move(call)),
      random_(stream(plan.seed, Use::candidate, number)),
      ttl_(std::chrono::ceil<std::chrono::milliseconds>(
          microseconds{random_.between(plan.lease_ttl_us_min, plan.ttl_us_max)})),
      name_(std::string{lines_family} + std::to_string(random_.below(lines))) {}

void Candidate::start() {
    after_a_while(ttl_, &Candidate::take_lease);
}

void Candidate::after_a_while(Duration most, void (Candidate::*step)()) {
    agenda_.after(
        Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count())))},
        [this, step] {
            if (!stopped_) (this->*step)();
        });
}

// Each time another one, which nobody else has.
void Candidate::take_lease() {
    lease_ = LeaseId{number_ * 1'000'000 + ++leases_};
    call_(command(machine::LeaseGrant{lease_, ttl_}), [this](const wire::Reply& reply) {
        if (!is_ok(reply)) return start();
        keep_alive();
        stand();
    });
}

void Candidate::keep_alive() {
    agenda_.after(ttl_ / 3, [this, lease = lease_] {
        if (stopped_ || lease != lease_) return;
        call_(command(machine::LeaseKeepAlive{lease}), [this, lease](const wire::Reply&) {
            if (lease == lease_) keep_alive();
        });
    });
}

void Candidate::stand() {
    const std::string value = std::to_string(number_);
    call_(command(machine::Campaign{name_, value, lease_}),
          [this](const wire::Reply& reply) { stood(reply); });
}

void Candidate::stood(const wire::Reply& reply) {
    const auto* outcome = std::get_if<machine::Outcome>(&reply.body);
    if (outcome != nullptr) {
        const auto key = std::get<machine::CampaignAnswer>(outcome->answer->body).key;
        const Duration held{static_cast<std::int64_t>(random_.below(Duration{2 * ttl_}.count()))};
        return agenda_.after(held, [this, key] {
            if (!stopped_) leave(key);
        });
    }
    const Code code = std::get<Error>(reply.body).code;
    const bool gave_up = code == Code::lease_not_found || random_.chance(0.2);
    lease_ = gave_up ? LeaseId{} : lease_;
    after_a_while(ttl_ / 4, gave_up ? &Candidate::take_lease : &Candidate::stand);
}

// In half of all cases it dies, and leaves the place to its lease.
void Candidate::leave(const std::string& key) {
    if (random_.chance(0.5)) {
        lease_ = {};
        return start();
    }
    call_(command(machine::Delete{.key = key}),
          [this](const wire::Reply&) { after_a_while(ttl_ / 4, &Candidate::stand); });
}

}  // namespace kvbus::sim
