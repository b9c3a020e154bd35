// Tables for people. Keys and values are quoted, so that any bytes stay in their row.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"
#include "kvctl/text_table.h"

namespace kvbus::kvctl {
namespace {

std::string yes_or_no(bool value) {
    return value ? "true" : "false";
}

class TablePrinter final : public Printer {
  public:
    explicit TablePrinter(bool hex) : hex_(hex) {}

    [[nodiscard]] std::string put(const PutResult& result) const override {
        TextTable table({"REVISION", "RAFT TERM"});
        table.add_row({std::to_string(result.revision.value), std::to_string(result.header.term)});
        return table.text();
    }

    [[nodiscard]] std::string get(const GetResult& result, bool count_only) const override {
        if (count_only) {
            TextTable table({"COUNT", "REVISION"});
            table.add_row({std::to_string(result.count), std::to_string(result.header.revision.value)});
            return table.text();
        }
        TextTable table({"KEY", "VALUE", "CREATE REVISION", "MOD REVISION", "VERSION"});
        for (const KeyValue& entry : result.kvs) {
            table.add_row({form(entry.key), form(entry.value), std::to_string(entry.create_revision.value),
                           std::to_string(entry.mod_revision.value), std::to_string(entry.version)});
        }
        return table.text();
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        TextTable table({"DELETED", "REVISION", "RAFT TERM"});
        table.add_row({std::to_string(result.deleted), std::to_string(result.revision.value),
                       std::to_string(result.header.term)});
        return table.text();
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        TextTable table({"ENDPOINT", "NAME", "ID", "VERSION", "DB SIZE", "MEMORY", "IS LEADER", "RAFT TERM",
                         "RAFT INDEX", "RAFT APPLIED INDEX", "STATE HASH"});
        for (const EndpointStatus& node : nodes) {
            table.add_row({node.endpoint, node.name, hex_number(node.header.node.value), node.version,
                           size_text(node.disk_bytes), size_text(node.rss_peak_bytes),
                           yes_or_no(node.role == "leader"), std::to_string(node.header.term),
                           std::to_string(node.commit), std::to_string(node.applied),
                           hex_number(node.state_hash)});
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

  private:
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
