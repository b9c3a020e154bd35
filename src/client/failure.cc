#include "client/failure.h"

namespace kvbus::client {
namespace {

std::string after_tries(const Call& call) {
    return call.tries == 1 ? "" : " (" + std::to_string(call.tries) + " tries)";
}

Error unknown(const std::string& what_happened) {
    return {Code::outcome_unknown,
            what_happened + "; the write may or may not have been applied: read the key to find out"};
}

}  // namespace

Error failure_at_deadline(const Call& call, const Endpoints& endpoints) {
    const bool maybe_applied = call.maybe_applied || call.outstanding;
    if (call.operation.is_write() && maybe_applied) {
        return unknown("no answer from " + endpoints.url(call.asked) + " in time" + after_tries(call));
    }
    if (call.last_error) {
        // A read cannot be in doubt; a node's doubt about a write was counted as maybe_applied.
        const Code code =
            call.last_error->code == Code::outcome_unknown ? Code::timeout : call.last_error->code;
        return {code, call.last_error->message + ", said " + endpoints.url(call.asked) + after_tries(call)};
    }
    if (call.only && call.outstanding) {
        return {Code::timeout,
                "no answer from " + endpoints.url(call.only) + " in time; is it a client endpoint?"};
    }
    if (call.tries == 0 || !endpoints.any_usable()) {
        return {Code::connection, "cannot reach any of " + endpoints.reasons() +
                                      "; check that the nodes run and that the endpoints are right"};
    }
    return {Code::timeout, "no answer from " + endpoints.url(call.asked) + " in time" + after_tries(call) +
                               "; the node may be overloaded or stopped: try again, or ask another endpoint"};
}

Error failure_from_answer(const Call& call, const Error& answer) {
    if (!call.operation.is_write()) return answer;
    if (call.maybe_applied || answer.code == Code::stale_request) {
        return unknown("an earlier try was not answered, the last one with \"" + answer.message + "\"");
    }
    return answer;
}

}  // namespace kvbus::client
