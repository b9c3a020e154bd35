#include "wire/request_type.h"

#include "base/overloaded.h"
#include "wire/command_fields.h"

namespace kvbus::wire {

RequestType type_of(const Request& request) {
    return std::visit(Overloaded{[](const machine::Command& command) { return type_of(command); },
                                 [](const RangeRequest&) { return RequestType::range; },
                                 [](const StatusRequest&) { return RequestType::status; },
                                 [](const MembersRequest&) { return RequestType::members; },
                                 [](const LeaseStatusRequest&) { return RequestType::lease_status; },
                                 [](const LeasesRequest&) { return RequestType::leases; }},
                      request.body);
}

}  // namespace kvbus::wire
