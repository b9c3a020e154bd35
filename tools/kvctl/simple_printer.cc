// Lines for people and for cut: the same as etcdctl's.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

class SimplePrinter final : public Printer {
  public:
    SimplePrinter(bool hex, bool values_only) : hex_(hex), values_only_(values_only) {}

    [[nodiscard]] std::string put(const PutResult&) const override { return "OK\n"; }

    [[nodiscard]] std::string get(const GetResult& result, bool count_only) const override {
        if (count_only) return std::to_string(result.count) + "\n";
        std::string out;
        for (const KeyValue& entry : result.kvs) {
            if (!values_only_) out += form(entry.key) + "\n";
            out += form(entry.value) + "\n";
        }
        return out;
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        return std::to_string(result.deleted) + "\n";
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        std::string out;
        for (const EndpointStatus& node : nodes) {
            out += node.endpoint + ", " + hex_number(node.header.node.value) + ", " + node.version + ", " +
                   size_text(node.disk_bytes) + ", " + (node.role == "leader" ? "true" : "false") +
                   ", false, " + std::to_string(node.header.term) + ", " + std::to_string(node.commit) +
                   ", " + std::to_string(node.applied) + ", \n";
        }
        return out;
    }

    [[nodiscard]] std::string health(const std::vector<Health>& endpoints) const override {
        std::string out;
        for (const Health& endpoint : endpoints) {
            out += endpoint.endpoint + (endpoint.healthy()
                                            ? " is healthy: successfully committed proposal: took = " +
                                                  format_duration(endpoint.took)
                                            : " is unhealthy: failed to commit proposal: " + endpoint.error);
            out += "\n";
        }
        return out;
    }

    [[nodiscard]] std::string members(const MemberList& list) const override {
        std::string out;
        for (const Member& member : list.members) {
            out += hex_number(member.id.value) + ", " + std::string(state_of(member)) + ", " + member.name +
                   ", " + member.peer_url + ", " + member.client_url + ", false\n";
        }
        return out;
    }

  private:
    [[nodiscard]] std::string form(const std::string& bytes) const { return hex_ ? hex_bytes(bytes) : bytes; }

    bool hex_;
    bool values_only_;
};

}  // namespace

std::unique_ptr<Printer> make_simple_printer(bool hex, bool values_only) {
    return std::make_unique<SimplePrinter>(hex, values_only);
}

}  // namespace kvbus::kvctl
