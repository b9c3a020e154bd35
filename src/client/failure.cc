#include "client/failure.h"

namespace kvbus::client {
namespace {

std::string after_tries(const Call& call) {
    return call.tries <= 1 ? "" : " (" + std::to_string(call.tries) + " tries)";
}

Error unknown(const std::string& what_happened) {
    return {Code::outcome_unknown,
            what_happened + "; the write may or may not have been applied: read the key to find out"};
}

// An answer of a node to the latest try, when an earlier one is in doubt.
Error unknown_despite(const Error& answer) {
    return unknown("an earlier try was not answered, the last one with \"" + answer.message + "\"");
}

}  // namespace

Error failure_at_deadline(const Call& call, const Endpoints& endpoints) {
    const bool maybe_applied = call.maybe_applied || call.outstanding;
    const EndpointId asked = call.asked ? call.asked : call.only;  // none: not sent, to nobody in particular
    const std::string who = asked ? endpoints.url(asked) : "";
    const std::string said =
        call.last_error ? call.last_error->message + ", said " + who + after_tries(call) : "";
    const std::string silence = "no answer from " + who + " in time" + after_tries(call);

    if (call.operation.is_write() && maybe_applied) {
        if (!call.last_error) return unknown(silence);
        if (call.last_error->code != Code::outcome_unknown) return unknown_despite(*call.last_error);
        return {Code::outcome_unknown, said + "; read the key to find out"};
    }
    if (call.last_error) {
        // A read cannot be in doubt; a node's doubt about a write was counted as maybe_applied.
        const Code code = call.last_error->code;
        return {code == Code::outcome_unknown ? Code::timeout : code, said};
    }
    if (call.only && !endpoints.is_connected(call.only)) return failure_to_reach(call.only, endpoints);
    if (call.only) return {Code::timeout, silence + "; is it a client endpoint?"};
    if (call.tries == 0 || !endpoints.any_usable()) {
        return {Code::connection, "cannot reach any of " + endpoints.reasons() +
                                      "; check that the nodes run and that the endpoints are right"};
    }
    return {Code::timeout,
            silence + "; the node may be overloaded or stopped: try again, or ask another endpoint"};
}

Error failure_to_reach(EndpointId endpoint, const Endpoints& endpoints) {
    return {Code::connection, endpoints.url(endpoint) + ": " + endpoints.reason(endpoint) +
                                  "; check that the node runs and that the endpoint is right"};
}

Error failure_from_answer(const Call& call, const Error& answer) {
    // What the machine says of a write it says of every try; so does a node of a place in a line.
    const bool of_a_place = answer.code == Code::not_first || answer.code == Code::place_lost;
    if (!call.operation.is_write() || machine::is_evaluated(answer.code) || of_a_place) return answer;
    if (call.maybe_applied || answer.code == Code::stale_request) return unknown_despite(answer);
    return answer;
}

}  // namespace kvbus::client
