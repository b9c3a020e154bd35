// One "Name" : value a line, for scripts without a JSON parser. The names are etcdctl's, and ours for what it
// has not.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

class Fields {
  public:
    Fields() = default;
    explicit Fields(const Header& header) { add_header(header); }
    Fields(const Header& header, Revision of_write) { add_header(header_at(header, of_write)); }

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
    void add_entry(const std::string& before, const KeyValue& entry) {
        add(before + "Key", entry.key);
        add(before + "CreateRevision", entry.create_revision.value);
        add(before + "ModRevision", entry.mod_revision.value);
        add(before + "Version", entry.version);
        add(before + "Value", entry.value);
        add(before + "Lease", entry.lease.value);
    }
    void add_event(const WatchEvent& event) {
        add_raw("Type", type_of(event));
        if (event.previous) add_entry("Prev", *event.previous);
        add_entry("", event.kv);
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
    fields.add_raw("Errors", "[" + alarm_types(node) + "]");
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
    fields.add("HistoryBytes", node.history_bytes);
    fields.add("CompactRevision", node.compacted.value);
    fields.add("Leases", node.leases);
    fields.add("Watches", node.watches);
    fields.add("Campaigns", node.campaigns);
    fields.add("LogStart", node.log_start);
    fields.add("SnapshotIndex", node.snapshot_index);
    fields.add("SnapshotSize", node.snapshot_bytes);
    fields.add("SnapshotsInstalled", node.snapshots_installed);
    fields.add("MemoryBytes", node.memory_bytes);
    fields.add("MemoryLimit", node.memory_limit_bytes);
}

class FieldsPrinter final : public Printer {
  public:
    [[nodiscard]] std::string put(const PutResult& result) const override {
        Fields fields(result.header, result.revision);
        if (result.previous) fields.add_entry("Prev", *result.previous);
        return fields.text();
    }

    [[nodiscard]] std::string get(const GetResult& result, bool) const override {
        Fields fields(result.header);
        for (const KeyValue& entry : result.kvs)
            fields.add_entry("", entry);
        fields.add_flag("More", result.more);
        fields.add("Count", result.count);
        return fields.text();
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        Fields fields(result.header, result.revision);
        fields.add("Deleted", result.deleted);
        for (const KeyValue& entry : result.previous)
            fields.add_entry("Prev", entry);
        return fields.text();
    }

    [[nodiscard]] std::string append(const AppendResult& result) const override {
        Fields fields(result.header, result.revision);
        fields.add("Bytes", result.bytes);
        return fields.text();
    }

    [[nodiscard]] std::string increment(const IncrementResult& result) const override {
        Fields fields(result.header, result.revision);
        fields.add_raw("Value", std::to_string(result.value));
        return fields.text();
    }

    [[nodiscard]] std::string txn(const Txn& asked, const TxnResult& result) const override {
        Fields fields(result.header, result.revision);
        fields.add_flag("Succeeded", result.succeeded);
        std::string out = fields.text();
        for (const std::string& text : printed_results(*this, asked, result))
            out += text;
        return out;
    }

    [[nodiscard]] std::string compacted(const Done& done, Revision at) const override {
        Fields fields(done.header, done.revision);
        fields.add("CompactRevision", at.value);
        return fields.text();
    }

    [[nodiscard]] std::string imported(std::uint64_t keys) const override {
        Fields fields;
        fields.add("Imported", keys);
        return fields.text();
    }

    [[nodiscard]] std::string lease_granted(const LeaseResult& result) const override {
        Fields fields(result.header);
        fields.add("ID", result.lease.value);
        fields.add_raw("TTL", seconds_text(result.ttl));
        return fields.text();
    }

    [[nodiscard]] std::string lease_revoked(const Done& done, LeaseId) const override {
        return Fields(done.header, done.revision).text();
    }

    [[nodiscard]] std::string lease_kept_alive(const LeaseResult& result) const override {
        return lease_granted(result);
    }

    [[nodiscard]] std::string lease_status(const LeaseView& view) const override {
        const LeaseStatus& status = view.status;
        Fields fields(status.header);
        fields.add("ID", status.lease.value);
        fields.add_raw("TTL", view.expired ? "-1" : std::to_string(status.left.count() / 1000));
        fields.add_raw("GrantedTTL", seconds_text(status.granted));
        for (const std::string& key : status.keys)
            fields.add("Key", key);
        return fields.text();
    }

    [[nodiscard]] std::string leases(const LeaseList& list) const override {
        Fields fields(list.header);
        for (const LeaseId lease : list.leases)
            fields.add("ID", lease.value);
        return fields.text();
    }

    [[nodiscard]] std::string watch(const WatchBatch& batch) const override {
        Fields fields(
            header_at(batch.header, batch.events.empty() ? progress_of(batch) : batch.header.revision));
        for (const WatchEvent& event : batch.events)
            fields.add_event(event);
        return fields.text();
    }

    [[nodiscard]] std::string history(const std::vector<WatchEvent>& changes) const override {
        Fields fields;
        for (const WatchEvent& change : changes)
            fields.add_event(change);
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

    [[nodiscard]] std::string hashes(const std::vector<EndpointStatus>& nodes) const override {
        Fields fields;
        for (const EndpointStatus& node : nodes) {
            fields.add_header(node.header);
            fields.add("Endpoint", node.endpoint);
            fields.add("Hash", hex_number(node.state_hash));
            fields.add("CompactRevision", node.compacted.value);
            fields.add("RaftAppliedIndex", node.applied);
            fields.end_group();
        }
        return fields.text();
    }

    [[nodiscard]] std::string alarms(const std::vector<EndpointStatus>& nodes) const override {
        Fields fields;
        for (const EndpointStatus& node : nodes) {
            for (const Alarm& alarm : node.alarms) {
                fields.add("MemberID", node.header.node.value);
                fields.add("Name", node.name);
                fields.add("Alarm", alarm.type);
                fields.add_raw("For", format_duration(alarm.age));
                fields.add("Message", alarm.message);
                fields.end_group();
            }
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
        Fields fields(list.header);
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

    [[nodiscard]] std::string backup(const BackupView& backup) const override {
        Fields fields;
        fields.add("Hash", backup.hash);
        fields.add("Revision", backup.revision.value);
        fields.add("Compacted", backup.compacted.value);
        fields.add("Keys", backup.keys);
        fields.add("Size", backup.bytes);
        fields.add("ClusterID", backup.cluster.value);
        fields.add("Time", utc_text(backup.taken));
        fields.add("Version", backup.version);
        fields.add("StateHash", backup.state_hash);
        return fields.text();
    }
};

}  // namespace

std::unique_ptr<Printer> make_fields_printer() {
    return std::make_unique<FieldsPrinter>();
}

}  // namespace kvbus::kvctl
