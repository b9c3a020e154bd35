// Lines for people and for cut: the same as etcdctl's.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

class SimplePrinter final : public Printer {
  public:
    SimplePrinter(bool hex, bool values_only) : hex_(hex), values_only_(values_only) {}

    [[nodiscard]] std::string put(const PutResult& result) const override {
        return "OK\n" + (result.previous ? entry(*result.previous) : "");
    }

    [[nodiscard]] std::string get(const GetResult& result, bool count_only) const override {
        if (count_only) return std::to_string(result.count) + "\n";
        std::string out;
        for (const KeyValue& found : result.kvs)
            out += values_only_ ? form(found.value) + "\n" : entry(found);
        return out;
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        std::string out = std::to_string(result.deleted) + "\n";
        for (const KeyValue& removed : result.previous)
            out += entry(removed);
        return out;
    }

    [[nodiscard]] std::string append(const AppendResult& result) const override {
        return std::to_string(result.bytes) + "\n";
    }

    [[nodiscard]] std::string increment(const IncrementResult& result) const override {
        return std::to_string(result.value) + "\n";
    }

    [[nodiscard]] std::string txn(const Txn& asked, const TxnResult& result) const override {
        std::string out = result.succeeded ? "SUCCESS\n" : "FAILURE\n";
        for (const std::string& text : printed_results(*this, asked, result))
            out += "\n" + text;
        return out;
    }

    [[nodiscard]] std::string compacted(const Done&, Revision at) const override {
        return "compacted revision " + std::to_string(at.value) + "\n";
    }

    [[nodiscard]] std::string imported(std::uint64_t keys) const override {
        return std::to_string(keys) + "\n";
    }

    [[nodiscard]] std::string lease_granted(const LeaseResult& result) const override {
        return "lease " + lease_text(result.lease) + " granted with TTL(" + seconds_text(result.ttl) + "s)\n";
    }

    [[nodiscard]] std::string lease_revoked(const Done&, LeaseId lease) const override {
        return "lease " + lease_text(lease) + " revoked\n";
    }

    [[nodiscard]] std::string lease_kept_alive(const LeaseResult& result) const override {
        return "lease " + lease_text(result.lease) + " keepalived with TTL(" + seconds_text(result.ttl) +
               ")\n";
    }

    [[nodiscard]] std::string lease_status(const LeaseView& view) const override {
        const std::string lease = "lease " + lease_text(view.status.lease);
        if (view.expired) return lease + " already expired\n";
        std::string out = lease + " granted with TTL(" + seconds_text(view.status.granted) +
                          "s), remaining(" + std::to_string(view.status.left.count() / 1000) + "s)";
        if (!view.with_keys) return out + "\n";
        std::string keys;
        for (const std::string& key : view.status.keys)
            keys += (keys.empty() ? "" : " ") + form(key);
        return out + ", attached keys([" + keys + "])\n";
    }

    [[nodiscard]] std::string leases(const LeaseList& list) const override {
        std::string out = "found " + std::to_string(list.leases.size()) + " leases\n";
        for (const LeaseId lease : list.leases)
            out += lease_text(lease) + "\n";
        return out;
    }

    [[nodiscard]] std::string watch(const WatchBatch& batch) const override {
        if (batch.events.empty())
            return "progress notify: " + std::to_string(progress_of(batch).value) + "\n";
        std::string out;
        for (const WatchEvent& event : batch.events) {
            out += std::string(type_of(event)) + "\n";
            if (event.previous) out += entry(*event.previous);
            out += entry(event.kv);
        }
        return out;
    }

    // One change a line.
    [[nodiscard]] std::string history(const std::vector<WatchEvent>& changes) const override {
        const auto word = [&](const std::string& bytes) {
            return hex_ ? hex_bytes(bytes) : go_quoted(bytes);
        };
        std::string out;
        for (const WatchEvent& change : changes) {
            out += std::to_string(change.kv.mod_revision.value) + " " + std::string(type_of(change)) + " " +
                   word(change.kv.key) + (change.is_put ? " " + word(change.kv.value) : "") + "\n";
        }
        return out;
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        std::string out;
        for (const EndpointStatus& node : nodes) {
            out += node.endpoint + ", " + hex_number(node.header.node.value) + ", " + node.version + ", " +
                   size_text(node.disk_bytes) + ", " + (node.role == "leader" ? "true" : "false") +
                   ", false, " + std::to_string(node.header.term) + ", " + std::to_string(node.commit) +
                   ", " + std::to_string(node.applied) + ", " + alarm_types(node) + "\n";
        }
        return out;
    }

    [[nodiscard]] std::string hashes(const std::vector<EndpointStatus>& nodes) const override {
        std::string out;
        for (const EndpointStatus& node : nodes) {
            out += node.endpoint + ", " + hex_number(node.state_hash) + ", " +
                   std::to_string(node.header.revision.value) + ", " + std::to_string(node.applied) + "\n";
        }
        return out;
    }

    [[nodiscard]] std::string alarms(const std::vector<EndpointStatus>& nodes) const override {
        std::string out;
        for (const EndpointStatus& node : nodes) {
            for (const Alarm& alarm : node.alarms) {
                out += "memberID:" + std::to_string(node.header.node.value) + " alarm:" + alarm.type +
                       " for " + format_duration(alarm.age) + ": " + alarm.message + "\n";
            }
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

    [[nodiscard]] std::string backup(const BackupView& backup) const override {
        return hex_number(backup.hash) + ", " + std::to_string(backup.revision.value) + ", " +
               std::to_string(backup.keys) + ", " + size_text(backup.bytes) + ", " +
               hex_number(backup.cluster.value) + ", " + utc_text(backup.taken) + "\n";
    }

  private:
    [[nodiscard]] std::string entry(const KeyValue& entry) const {
        return form(entry.key) + "\n" + form(entry.value) + "\n";
    }
    [[nodiscard]] std::string form(const std::string& bytes) const { return hex_ ? hex_bytes(bytes) : bytes; }

    bool hex_;
    bool values_only_;
};

}  // namespace

std::unique_ptr<Printer> make_simple_printer(bool hex, bool values_only) {
    return std::make_unique<SimplePrinter>(hex, values_only);
}

}  // namespace kvbus::kvctl
