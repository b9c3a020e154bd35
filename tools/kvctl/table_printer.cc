// Tables for people. Keys and values are quoted, so that any bytes stay in their row.
#include <algorithm>

#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"
#include "kvctl/text_table.h"

namespace kvbus::kvctl {
namespace {

std::string yes_or_no(bool value) {
    return value ? "true" : "false";
}

std::string number(Revision revision) {
    return std::to_string(revision.value);
}

std::string term(const Header& header) {
    return std::to_string(header.term);
}

std::string row(std::vector<std::string> titles, std::vector<std::string> cells) {
    TextTable table(std::move(titles));
    table.add_row(std::move(cells));
    return table.text();
}

class TablePrinter final : public Printer {
  public:
    explicit TablePrinter(bool hex) : hex_(hex) {}

    [[nodiscard]] std::string put(const PutResult& result) const override {
        return row({"REVISION", "RAFT TERM"}, {number(result.revision), term(result.header)}) +
               (result.previous ? entries({*result.previous}) : "");
    }

    [[nodiscard]] std::string get(const GetResult& result, bool count_only) const override {
        if (!count_only) return entries(result.kvs);
        return row({"COUNT", "REVISION"}, {std::to_string(result.count), number(result.header.revision)});
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        return row({"DELETED", "REVISION", "RAFT TERM"},
                   {std::to_string(result.deleted), number(result.revision), term(result.header)}) +
               (result.previous.empty() ? "" : entries(result.previous));
    }

    [[nodiscard]] std::string append(const AppendResult& result) const override {
        return row({"BYTES", "REVISION", "RAFT TERM"},
                   {std::to_string(result.bytes), number(result.revision), term(result.header)});
    }

    [[nodiscard]] std::string increment(const IncrementResult& result) const override {
        return row({"VALUE", "REVISION", "RAFT TERM"},
                   {std::to_string(result.value), number(result.revision), term(result.header)});
    }

    [[nodiscard]] std::string txn(const Txn& asked, const TxnResult& result) const override {
        std::string out = row({"SUCCEEDED", "REVISION", "RAFT TERM"},
                              {yes_or_no(result.succeeded), number(result.revision), term(result.header)});
        for (const std::string& text : printed_results(*this, asked, result))
            out += text;
        return out;
    }

    [[nodiscard]] std::string compacted(const Done& done, Revision at) const override {
        return row({"COMPACT REVISION", "REVISION", "RAFT TERM"},
                   {number(at), number(done.revision), term(done.header)});
    }

    [[nodiscard]] std::string imported(std::uint64_t keys) const override {
        return row({"IMPORTED"}, {std::to_string(keys)});
    }

    [[nodiscard]] std::string lease_granted(const LeaseResult& result) const override {
        return row({"LEASE", "TTL"}, {lease_text(result.lease), seconds_text(result.ttl) + "s"});
    }

    [[nodiscard]] std::string lease_revoked(const Done& done, LeaseId lease) const override {
        return row({"LEASE", "REVOKED AT REVISION"}, {lease_text(lease), number(done.revision)});
    }

    [[nodiscard]] std::string lease_kept_alive(const LeaseResult& result) const override {
        return lease_granted(result);
    }

    [[nodiscard]] std::string lease_status(const LeaseView& view) const override {
        const LeaseStatus& status = view.status;
        const std::string left = view.expired ? "expired" : std::to_string(status.left.count() / 1000) + "s";
        const std::string out = row({"LEASE", "TTL", "REMAINING"},
                                    {lease_text(status.lease), seconds_text(status.granted) + "s", left});
        if (!view.with_keys || view.expired) return out;
        TextTable keys({"KEY"});
        for (const std::string& key : status.keys)
            keys.add_row({form(key)});
        return out + keys.text();
    }

    [[nodiscard]] std::string leases(const LeaseList& list) const override {
        TextTable table({"LEASE"});
        for (const LeaseId lease : list.leases)
            table.add_row({lease_text(lease)});
        return table.text();
    }

    [[nodiscard]] std::string watch(const WatchBatch& batch) const override {
        if (!batch.events.empty()) return changes(batch.events);
        return row({"PROGRESS", "RAFT TERM"}, {number(progress_of(batch)), term(batch.header)});
    }

    [[nodiscard]] std::string history(const std::vector<WatchEvent>& all) const override {
        return changes(all);
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        TextTable table({"ENDPOINT", "NAME", "ID", "VERSION", "DB SIZE", "MEMORY", "IS LEADER", "RAFT TERM",
                         "RAFT INDEX", "RAFT APPLIED INDEX", "SNAPSHOT", "HISTORY", "COMPACTED", "LEASES",
                         "WATCHES", "STATE HASH", "ALARMS"});
        for (const EndpointStatus& node : nodes) {
            table.add_row({node.endpoint, node.name, hex_number(node.header.node.value), node.version,
                           size_text(node.disk_bytes), size_text(node.rss_peak_bytes),
                           yes_or_no(node.role == "leader"), std::to_string(node.header.term),
                           std::to_string(node.commit), std::to_string(node.applied),
                           size_text(node.snapshot_bytes), size_text(node.history_bytes),
                           number(node.compacted), std::to_string(node.leases), std::to_string(node.watches),
                           hex_number(node.state_hash), alarm_types(node)});
        }
        return table.text();
    }

    [[nodiscard]] std::string hashes(const std::vector<EndpointStatus>& nodes) const override {
        TextTable table({"ENDPOINT", "NAME", "HASH", "REVISION", "RAFT APPLIED INDEX"});
        for (const EndpointStatus& node : nodes) {
            table.add_row({node.endpoint, node.name, hex_number(node.state_hash),
                           number(node.header.revision), std::to_string(node.applied)});
        }
        return table.text();
    }

    [[nodiscard]] std::string alarms(const std::vector<EndpointStatus>& nodes) const override {
        TextTable table({"MEMBER ID", "NAME", "ALARM", "FOR", "WHAT, AND THE WAY OUT"});
        for (const EndpointStatus& node : nodes) {
            for (const Alarm& alarm : node.alarms) {
                table.add_row({hex_number(node.header.node.value), node.name, alarm.type,
                               format_duration(alarm.age), alarm.message});
            }
        }
        return table.text();
    }

    [[nodiscard]] std::string health(const std::vector<Health>& endpoints) const override {
        TextTable table({"ENDPOINT", "HEALTH", "TOOK", "ERROR"});
        for (const Health& endpoint : endpoints) {
            table.add_row({endpoint.endpoint, yes_or_no(endpoint.healthy()), format_duration(endpoint.took),
                           endpoint.error});
        }
        return table.text();
    }

    [[nodiscard]] std::string members(const MemberList& list) const override {
        TextTable table({"ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"});
        for (const Member& member : list.members) {
            table.add_row({hex_number(member.id.value), std::string(state_of(member)), member.name,
                           member.peer_url, member.client_url, "false"});
        }
        return table.text();
    }

    [[nodiscard]] std::string backup(const BackupView& backup) const override {
        return row(
            {"HASH", "REVISION", "COMPACTED", "TOTAL KEYS", "TOTAL SIZE", "CLUSTER", "TIME", "VERSION"},
            {hex_number(backup.hash), number(backup.revision), number(backup.compacted),
             std::to_string(backup.keys), size_text(backup.bytes), hex_number(backup.cluster.value),
             utc_text(backup.taken), backup.version});
    }

  private:
    [[nodiscard]] std::string entries(const std::vector<KeyValue>& kvs) const {
        TextTable table({"KEY", "VALUE", "CREATE REVISION", "MOD REVISION", "VERSION", "LEASE"});
        for (const KeyValue& entry : kvs) {
            table.add_row({form(entry.key), form(entry.value), number(entry.create_revision),
                           number(entry.mod_revision), std::to_string(entry.version),
                           entry.lease ? lease_text(entry.lease) : ""});
        }
        return table.text();
    }

    [[nodiscard]] std::string changes(const std::vector<WatchEvent>& events) const {
        const bool with_previous =
            std::ranges::any_of(events, [](const auto& e) { return e.previous.has_value(); });
        std::vector<std::string> titles{"REVISION", "TYPE", "KEY", "VALUE", "VERSION", "LEASE"};
        if (with_previous) titles.emplace_back("BEFORE");
        TextTable table(std::move(titles));
        for (const WatchEvent& event : events) {
            const KeyValue& entry = event.kv;
            std::vector<std::string> cells{number(entry.mod_revision), std::string(type_of(event)),
                                           form(entry.key)};
            if (event.is_put) {
                cells.insert(cells.end(), {form(entry.value), std::to_string(entry.version),
                                           entry.lease ? lease_text(entry.lease) : ""});
            } else {
                cells.insert(cells.end(), {"", "", ""});
            }
            if (with_previous) cells.push_back(event.previous ? form(event.previous->value) : "");
            table.add_row(std::move(cells));
        }
        return table.text();
    }

    [[nodiscard]] std::string form(const std::string& bytes) const {
        return hex_ ? hex_bytes(bytes) : go_quoted(bytes);
    }

    bool hex_;
};

}  // namespace

std::unique_ptr<Printer> make_table_printer(bool hex) {
    return std::make_unique<TablePrinter>(hex);
}

}  // namespace kvbus::kvctl
