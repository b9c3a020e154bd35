// One line of JSON, with etcdctl's names: keys and values in base64, what is zero or empty left out.
#include "kvctl/go_duration.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

// Writes an object field by field.
class JsonObject {
  public:
    // Leaves zero and the empty string out, as Go's omitempty does.
    void add(std::string_view name, std::uint64_t value) {
        if (value != 0) add_raw(name, std::to_string(value));
    }
    void add(std::string_view name, const std::string& value) {
        if (!value.empty()) add_raw(name, json_string(value));
    }
    void add_bytes(std::string_view name, std::string_view bytes) {
        if (!bytes.empty()) add_raw(name, json_string(base64(bytes)));
    }
    void add_raw(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? "" : ",";
        text_ += json_string(name);
        text_ += ":";
        text_ += value;
    }
    [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

  private:
    std::string text_;
};

template <class Items, class Form>
std::string json_array(const Items& items, Form&& form) {
    std::string text;
    for (const auto& item : items) {
        text += text.empty() ? "" : ",";
        text += form(item);
    }
    return "[" + text + "]";
}

std::string header_text(const Header& header) {
    JsonObject object;
    object.add("cluster_id", header.cluster.value);
    object.add("member_id", header.node.value);
    object.add("revision", header.revision.value);
    object.add("raft_term", header.term);
    return object.text();
}

JsonObject with_header(const Header& header) {
    JsonObject object;
    object.add_raw("header", header_text(header));
    return object;
}

std::string entry_text(const KeyValue& entry) {
    JsonObject object;
    object.add_bytes("key", entry.key);
    object.add("create_revision", entry.create_revision.value);
    object.add("mod_revision", entry.mod_revision.value);
    object.add("version", entry.version);
    object.add_bytes("value", entry.value);
    return object.text();
}

std::string status_text(const EndpointStatus& node) {
    JsonObject status = with_header(node.header);
    status.add("version", node.version);
    status.add("dbSize", node.disk_bytes);
    status.add("leader", node.header.leader.value);
    status.add("raftIndex", node.commit);
    status.add("raftTerm", node.header.term);
    status.add("raftAppliedIndex", node.applied);
    status.add("dbSizeInUse", node.disk_bytes);
    // What etcdctl has not. The hash is text: a JSON number of its size loses digits in many readers.
    status.add("name", node.name);
    status.add("role", node.role);
    status.add("lastIndex", node.last);
    status.add("durableIndex", node.durable);
    status.add("stateHash", hex_number(node.state_hash));
    status.add("keys", node.keys);
    status.add("bytes", node.bytes);
    status.add("sessions", node.sessions);
    status.add("diskFree", node.disk_free_bytes);
    status.add("cpuMicroseconds", node.cpu_us);
    status.add("peakMemory", node.rss_peak_bytes);
    status.add("uptimeMilliseconds", node.uptime_ms);
    status.add("writesApplied", node.writes_applied);
    status.add("readsServed", node.reads_served);
    status.add("elections", node.elections);
    status.add("diskSyncs", node.disk_syncs);
    status.add("badClientFrames", node.bad_client_frames);
    status.add("badPeerFrames", node.bad_peer_frames);
    status.add("badClientConnections", node.bad_client_connections);
    status.add("badPeerConnections", node.bad_peer_connections);
    status.add("framesDropped", node.frames_dropped);
    status.add("wakeUps", node.wake_ups);
    status.add("loopBusyPermille", node.loop_busy_permille);

    JsonObject object;
    object.add("Endpoint", node.endpoint);
    object.add_raw("Status", status.text());
    return object.text();
}

std::string health_text(const Health& endpoint) {
    JsonObject object;
    object.add("endpoint", endpoint.endpoint);
    object.add_raw("health", endpoint.healthy() ? "true" : "false");
    object.add("took", format_duration(endpoint.took));
    object.add("error", endpoint.error);
    return object.text();
}

std::string member_text(const Member& member) {
    const auto urls = [](const std::string& url) { return "[" + json_string(url) + "]"; };
    JsonObject object;
    object.add("ID", member.id.value);
    object.add("name", member.name);
    object.add_raw("peerURLs", urls(member.peer_url));
    if (!member.client_url.empty()) object.add_raw("clientURLs", urls(member.client_url));
    return object.text();
}

class JsonPrinter final : public Printer {
  public:
    [[nodiscard]] std::string put(const PutResult& result) const override {
        return with_header(result.header).text() + "\n";
    }

    [[nodiscard]] std::string get(const GetResult& result, bool) const override {
        JsonObject object = with_header(result.header);
        if (!result.kvs.empty()) object.add_raw("kvs", json_array(result.kvs, entry_text));
        if (result.more) object.add_raw("more", "true");
        object.add("count", result.count);
        return object.text() + "\n";
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        JsonObject object = with_header(result.header);
        object.add("deleted", result.deleted);
        return object.text() + "\n";
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        return json_array(nodes, status_text) + "\n";
    }

    [[nodiscard]] std::string health(const std::vector<Health>& endpoints) const override {
        return json_array(endpoints, health_text) + "\n";
    }

    [[nodiscard]] std::string members(const MemberList& list) const override {
        JsonObject object = with_header(list.header);
        object.add_raw("members", json_array(list.members, member_text));
        return object.text() + "\n";
    }
};

}  // namespace

std::unique_ptr<Printer> make_json_printer() {
    return std::make_unique<JsonPrinter>();
}

}  // namespace kvbus::kvctl
