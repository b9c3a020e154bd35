// One "Name" : value a line, for scripts without a JSON parser. The names are etcdctl's, and ours for what it
// has not.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

class Fields {
  public:
    void add(std::string_view name, std::string_view value) { add_raw(name, go_quoted(value)); }
    void add(std::string_view name, const std::string& value) { add_raw(name, go_quoted(value)); }
    void add(std::string_view name, const char* value) { add_raw(name, go_quoted(value)); }
    void add(std::string_view name, std::uint64_t value) { add_raw(name, std::to_string(value)); }
    void add_flag(std::string_view name, bool value) { add_raw(name, value ? "true" : "false"); }
    void add_raw(std::string_view name, std::string_view value) {
        text_ += go_quoted(name);
        text_ += " : ";
        text_ += value;
        text_ += "\n";
    }
    void add_header(const Header& header) {
        add("ClusterID", header.cluster.value);
        add("MemberID", header.node.value);
        add("Revision", header.revision.value);
        add("RaftTerm", header.term);
    }
    void end_group() { text_ += "\n"; }
    [[nodiscard]] std::string text() const { return text_; }

  private:
    std::string text_;
};

void add_status(Fields& fields, const EndpointStatus& node) {
    fields.add_header(node.header);
    fields.add("Version", node.version);
    fields.add("DBSize", node.disk_bytes);
    fields.add("Leader", node.header.leader.value);
    fields.add_flag("IsLearner", false);
    fields.add("RaftIndex", node.commit);
    fields.add("RaftTerm", node.header.term);
    fields.add("RaftAppliedIndex", node.applied);
    fields.add_raw("Errors", "[]");
    fields.add("Endpoint", node.endpoint);
    fields.add("Name", node.name);
    fields.add("Role", node.role);
    fields.add("Commit", node.commit);
    fields.add("Applied", node.applied);
    fields.add("Last", node.last);
    fields.add("Durable", node.durable);
    fields.add("StateHash", hex_number(node.state_hash));
    fields.add("Keys", node.keys);
    fields.add("Bytes", node.bytes);
    fields.add("Sessions", node.sessions);
    fields.add("DiskFree", node.disk_free_bytes);
    fields.add("CPUMicroseconds", node.cpu_us);
    fields.add("PeakMemory", node.rss_peak_bytes);
    fields.add("UptimeMilliseconds", node.uptime_ms);
    fields.add("WritesApplied", node.writes_applied);
    fields.add("ReadsServed", node.reads_served);
    fields.add("Elections", node.elections);
    fields.add("DiskSyncs", node.disk_syncs);
    fields.add("LogEntries", node.log_entries);
    fields.add("LoopTurns", node.loop_turns);
    fields.add("ClientFramesIn", node.client_frames_in);
    fields.add("ClientFramesOut", node.client_frames_out);
    fields.add("PeerFramesIn", node.peer_frames_in);
    fields.add("PeerFramesOut", node.peer_frames_out);
    fields.add("BadClientFrames", node.bad_client_frames);
    fields.add("BadPeerFrames", node.bad_peer_frames);
    fields.add("BadClientConnections", node.bad_client_connections);
    fields.add("BadPeerConnections", node.bad_peer_connections);
    fields.add("FramesDropped", node.frames_dropped);
    fields.add("WakeUps", node.wake_ups);
    fields.add("LoopBusyPermille", node.loop_busy_permille);
}

class FieldsPrinter final : public Printer {
  public:
    [[nodiscard]] std::string put(const PutResult& result) const override {
        Fields fields;
        fields.add_header(result.header);
        return fields.text();
    }

    [[nodiscard]] std::string get(const GetResult& result, bool) const override {
        Fields fields;
        fields.add_header(result.header);
        for (const KeyValue& entry : result.kvs) {
            fields.add("Key", entry.key);
            fields.add("CreateRevision", entry.create_revision.value);
            fields.add("ModRevision", entry.mod_revision.value);
            fields.add("Version", entry.version);
            fields.add("Value", entry.value);
            fields.add("Lease", std::uint64_t{0});
        }
        fields.add_flag("More", result.more);
        fields.add("Count", result.count);
        return fields.text();
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        Fields fields;
        fields.add_header(result.header);
        fields.add("Deleted", result.deleted);
        return fields.text();
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        Fields fields;
        for (const EndpointStatus& node : nodes) {
            add_status(fields, node);
            fields.end_group();
        }
        return fields.text();
    }

    [[nodiscard]] std::string health(const std::vector<Health>& endpoints) const override {
        Fields fields;
        for (const Health& endpoint : endpoints) {
            fields.add("Endpoint", endpoint.endpoint);
            fields.add_flag("Health", endpoint.healthy());
            fields.add_raw("Took", format_duration(endpoint.took));
            fields.add_raw("Error", endpoint.error);
            fields.end_group();
        }
        return fields.text();
    }

    [[nodiscard]] std::string members(const MemberList& list) const override {
        Fields fields;
        fields.add_header(list.header);
        for (const Member& member : list.members) {
            fields.add("ID", member.id.value);
            fields.add("Name", member.name);
            fields.add("PeerURL", member.peer_url);
            if (!member.client_url.empty()) fields.add("ClientURL", member.client_url);
            fields.add_flag("IsLearner", false);
            fields.end_group();
        }
        return fields.text();
    }
};

}  // namespace

std::unique_ptr<Printer> make_fields_printer() {
    return std::make_unique<FieldsPrinter>();
}

}  // namespace kvbus::kvctl
