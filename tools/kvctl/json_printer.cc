// One line of JSON, with etcdctl's names: keys and values in base64, or as text under names of their own,
// what is zero or empty left out.
#include <algorithm>
#include <functional>

#include "base/overloaded.h"
#include "kvctl/go_duration.h"
#include "kvctl/json_object.h"
#include "kvctl/printer.h"
#include "kvctl/text_forms.h"

namespace kvbus::kvctl {
namespace {

// etcdctl 3.4 prints the answers about leases with the header's fields among their own.
JsonObject among_header(const Header& header) {
    JsonObject object;
    object.add("cluster_id", header.cluster.value);
    object.add("member_id", header.node.value);
    object.add("revision", header.revision.value);
    object.add("raft_term", header.term);
    return object;
}

void add_entry(JsonObject& object, const KeyValue& entry, bool text) {
    object.add_bytes("key", entry.key, text);
    object.add("create_revision", entry.create_revision.value);
    object.add("mod_revision", entry.mod_revision.value);
    object.add("version", entry.version);
    object.add_bytes("value", entry.value, text);
    object.add("lease", entry.lease.value);
}

auto entries(bool text) {
    return [text](const KeyValue& entry) { return json_entry(entry, text); };
}

JsonObject with_header(const Header& header) {
    JsonObject object;
    object.add_raw("header", among_header(header).text());
    return object;
}

// Within a txn only the revision is told.
Header inner_header(Revision revision) {
    return header_at({}, revision);
}

JsonObject put_object(const Header& header, const PutResult& result, bool text) {
    JsonObject object = with_header(header);
    if (result.previous) object.add_raw("prev_kv", json_entry(*result.previous, text));
    return object;
}

JsonObject get_object(const Header& header, const GetResult& result, bool text) {
    JsonObject object = with_header(header);
    if (!result.kvs.empty()) object.add_raw("kvs", json_array(result.kvs, entries(text)));
    if (result.more) object.add_raw("more", "true");
    return object.add("count", result.count);
}

JsonObject remove_object(const Header& header, const DeleteResult& result, bool text) {
    JsonObject object = with_header(header);
    object.add("deleted", result.deleted);
    if (!result.previous.empty()) object.add_raw("prev_kvs", json_array(result.previous, entries(text)));
    return object;
}

JsonObject append_object(const Header& header, const AppendResult& result) {
    return with_header(header).add("bytes", result.bytes);
}

// The value is what was asked for: there even when it is 0.
JsonObject increment_object(const Header& header, const IncrementResult& result) {
    return with_header(header).add_raw("value", std::to_string(result.value));
}

JsonObject txn_object(const Header& header, const TxnResult& result, bool text);

std::string response_text(Revision revision, const TxnOperationResult& result, bool text) {
    const Header header = inner_header(revision);
    JsonObject response;
    const auto add = [&](const char* name, const JsonObject& object) {
        response.add_raw(name, object.text());
    };
    std::visit(
        Overloaded{
            [&](const PutResult& put) { add("ResponsePut", put_object(header, put, text)); },
            [&](const GetResult& got) { add("ResponseRange", get_object(header, got, text)); },
            [&](const DeleteResult& removed) {
                add("ResponseDeleteRange", remove_object(header, removed, text));
            },
            [&](const AppendResult& appended) { add("ResponseAppend", append_object(header, appended)); },
            [&](const IncrementResult& counted) {
                add("ResponseIncrement", increment_object(header, counted));
            },
            [&](const TxnResult& inner) { add("ResponseTxn", txn_object(header, inner, text)); }},
        result.body);
    return JsonObject().add_raw("Response", response.text()).text();
}

bool wrote(const TxnOperationResult& result) {
    return std::visit(
        Overloaded{[](const PutResult&) { return true; }, [](const GetResult&) { return false; },
                   [](const DeleteResult& removed) { return removed.deleted > 0; },
                   [](const AppendResult&) { return true; }, [](const IncrementResult&) { return true; },
                   [](const TxnResult& inner) { return std::ranges::any_of(inner.results, wrote); }},
        result.body);
}

// As etcd, what comes before a txn's first write tells the revision that it saw.
JsonObject txn_object(const Header& header, const TxnResult& result, bool text) {
    JsonObject object = with_header(header);
    if (result.succeeded) object.add_raw("succeeded", "true");
    if (!result.results.empty()) {
        const auto first_write = std::ranges::find_if(result.results, wrote);
        const bool any = first_write != result.results.end();
        object.add_raw("responses", json_array(result.results, [&](const TxnOperationResult& one) {
                           const bool before = any && &one < &*first_write;
                           return response_text(Revision{header.revision.value - (before ? 1 : 0)}, one,
                                                text);
                       }));
    }
    return object;
}

JsonObject lease_object(const LeaseResult& result) {
    return among_header(result.header).add("ID", result.lease.value).add_raw("TTL", seconds_text(result.ttl));
}

// etcd's numbers, and the next one for what it has not.
std::uint64_t number_of_alarm(std::string_view type) {
    return type == "NOSPACE" ? 1 : type == "CORRUPT" ? 2 : type == "MEMORY" ? 3 : 0;
}

std::string alarm_text(const EndpointStatus& node, const Alarm& alarm) {
    JsonObject object;
    object.add("memberID", node.header.node.value);
    object.add("alarm", number_of_alarm(alarm.type));
    object.add("name", node.name);
    object.add("type", alarm.type);
    object.add_raw("ageMilliseconds", std::to_string(alarm.age.count()));
    object.add("message", alarm.message);
    return object.text();
}

std::string hash_text(const EndpointStatus& node) {
    JsonObject hash = with_header(node.header);
    hash.add("hash", hex_number(node.state_hash));
    hash.add("compact_revision", node.compacted.value);
    hash.add("raftAppliedIndex", node.applied);
    JsonObject object;
    object.add("Endpoint", node.endpoint);
    object.add_raw("HashKV", hash.text());
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
    status.add("historyBytes", node.history_bytes);
    status.add("compactRevision", node.compacted.value);
    status.add("leases", node.leases);
    status.add("watches", node.watches);
    status.add("campaigns", node.campaigns);
    status.add("logStart", node.log_start);
    status.add("snapshotIndex", node.snapshot_index);
    status.add("snapshotSize", node.snapshot_bytes);
    status.add("snapshotsInstalled", node.snapshots_installed);
    status.add("memoryBytes", node.memory_bytes);
    status.add("memoryLimit", node.memory_limit_bytes);
    if (!node.alarms.empty()) {
        status.add_raw("alarms",
                       json_array(node.alarms, [&](const Alarm& alarm) { return alarm_text(node, alarm); }));
    }

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

std::string event_text(const WatchEvent& event, bool text) {
    JsonObject object;
    if (!event.is_put) object.add("type", 1);
    object.add_raw("kv", json_entry(event.kv, text));
    if (event.previous) object.add_raw("prev_kv", json_entry(*event.previous, text));
    return object.text();
}

std::string event_line(const WatchEvent& event, bool text) {
    JsonObject object;
    object.add("type", std::string(type_of(event)));
    add_entry(object, event.kv, text);
    if (event.previous) object.add_raw("prev_kv", json_entry(*event.previous, text));
    return object.text() + "\n";
}

class JsonPrinter : public Printer {
  public:
    explicit JsonPrinter(bool text) : text_(text) {}

    [[nodiscard]] std::string put(const PutResult& result) const override {
        return put_object(header_at(result.header, result.revision), result, text_).text() + "\n";
    }

    [[nodiscard]] std::string get(const GetResult& result, bool) const override {
        return get_object(result.header, result, text_).text() + "\n";
    }

    [[nodiscard]] std::string remove(const DeleteResult& result) const override {
        return remove_object(header_at(result.header, result.revision), result, text_).text() + "\n";
    }

    [[nodiscard]] std::string append(const AppendResult& result) const override {
        return append_object(header_at(result.header, result.revision), result).text() + "\n";
    }

    [[nodiscard]] std::string increment(const IncrementResult& result) const override {
        return increment_object(header_at(result.header, result.revision), result).text() + "\n";
    }

    [[nodiscard]] std::string txn(const Txn&, const TxnResult& result) const override {
        return txn_object(header_at(result.header, result.revision), result, text_).text() + "\n";
    }

    [[nodiscard]] std::string compacted(const Done& done, Revision) const override {
        return with_header(header_at(done.header, done.revision)).text() + "\n";
    }

    [[nodiscard]] std::string imported(std::uint64_t keys) const override {
        return JsonObject().add_raw("imported", std::to_string(keys)).text() + "\n";
    }

    [[nodiscard]] std::string lease_granted(const LeaseResult& result) const override {
        return lease_object(result).add_raw("Error", "\"\"").text() + "\n";
    }

    [[nodiscard]] std::string lease_revoked(const Done& done, LeaseId) const override {
        return with_header(header_at(done.header, done.revision)).text() + "\n";
    }

    [[nodiscard]] std::string lease_kept_alive(const LeaseResult& result) const override {
        return lease_object(result).text() + "\n";
    }

    [[nodiscard]] std::string lease_status(const LeaseView& view) const override {
        const LeaseStatus& status = view.status;
        JsonObject object = among_header(status.header);
        object.add("id", status.lease.value);
        object.add_raw("ttl", view.expired ? "-1" : std::to_string(status.left.count() / 1000));
        object.add_raw("granted-ttl", seconds_text(status.granted));
        const auto key_text = [](const std::string& key) { return json_string(base64(key)); };
        object.add_raw("keys", status.keys.empty() ? "null" : json_array(status.keys, key_text));
        return object.text() + "\n";
    }

    [[nodiscard]] std::string leases(const LeaseList& list) const override {
        const auto lease = [](LeaseId id) { return JsonObject().add("id", id.value).text(); };
        return among_header(list.header).add_raw("leases", json_array(list.leases, lease)).text() + "\n";
    }

    [[nodiscard]] std::string watch(const WatchBatch& batch) const override {
        return watch_json(
                   header_at(batch.header, batch.events.empty() ? progress_of(batch) : batch.header.revision),
                   events(batch.events), {}) +
               "\n";
    }

    [[nodiscard]] std::string history(const std::vector<WatchEvent>& changes) const override {
        return JsonObject().add_raw("events", events(changes)).text() + "\n";
    }

    [[nodiscard]] std::string status(const std::vector<EndpointStatus>& nodes) const override {
        return json_array(nodes, status_text) + "\n";
    }

    [[nodiscard]] std::string hashes(const std::vector<EndpointStatus>& nodes) const override {
        return json_array(nodes, hash_text) + "\n";
    }

    [[nodiscard]] std::string alarms(const std::vector<EndpointStatus>& nodes) const override {
        std::vector<std::string> texts;
        for (const EndpointStatus& node : nodes)
            for (const Alarm& alarm : node.alarms)
                texts.push_back(alarm_text(node, alarm));
        JsonObject object;  // without a header, as etcdctl's
        if (!texts.empty()) object.add_raw("alarms", json_array(texts, std::identity{}));
        return object.text() + "\n";
    }

    [[nodiscard]] std::string health(const std::vector<Health>& endpoints) const override {
        return json_array(endpoints, health_text) + "\n";
    }

    [[nodiscard]] std::string members(const MemberList& list) const override {
        JsonObject object = with_header(list.header);
        object.add_raw("members", json_array(list.members, member_text));
        return object.text() + "\n";
    }

    [[nodiscard]] std::string backup(const BackupView& backup) const override {
        return JsonObject()
                   .add("hash", backup.hash)
                   .add("revision", backup.revision.value)
                   .add("compacted", backup.compacted.value)
                   .add_raw("totalKey", std::to_string(backup.keys))
                   .add("totalSize", backup.bytes)
                   .add("cluster_id", backup.cluster.value)
                   .add("time", utc_text(backup.taken))
                   .add("version", backup.version)
                   .add("state_hash", backup.state_hash)
                   .text() +
               "\n";
    }

  protected:
    [[nodiscard]] bool text() const { return text_; }

  private:
    [[nodiscard]] std::string events(const std::vector<WatchEvent>& events) const {
        return json_array(events, [&](const WatchEvent& event) { return event_text(event, text_); });
    }

    bool text_;
};

// A line for each key and each change, with the names of JSON; everything else is one line anyway.
class JsonLinesPrinter final : public JsonPrinter {
  public:
    using JsonPrinter::JsonPrinter;

    [[nodiscard]] std::string get(const GetResult& result, bool count_only) const override {
        if (count_only) return JsonPrinter::get(result, count_only);
        std::string out;
        for (const KeyValue& entry : result.kvs)
            out += json_entry(entry, text()) + "\n";
        return out;
    }

    [[nodiscard]] std::string watch(const WatchBatch& batch) const override {
        if (!batch.events.empty()) return history(batch.events);
        return JsonObject()
                   .add("type", std::string("PROGRESS"))
                   .add("revision", progress_of(batch).value)
                   .text() +
               "\n";
    }

    [[nodiscard]] std::string history(const std::vector<WatchEvent>& changes) const override {
        std::string out;
        for (const WatchEvent& change : changes)
            out += event_line(change, text());
        return out;
    }
};

}  // namespace

std::string json_entry(const KeyValue& entry, bool text) {
    JsonObject object;
    add_entry(object, entry, text);
    return object.text();
}

std::string watch_json(const Header& header, const std::string& events, Revision compacted) {
    JsonObject object;
    object.add_raw("Header", among_header(header).text());
    object.add_raw("Events", events);
    object.add_raw("CompactRevision", std::to_string(compacted.value));
    object.add_raw("Canceled", compacted ? "true" : "false");
    object.add_raw("Created", "false");
    return object.text();
}

std::unique_ptr<Printer> make_json_printer(bool text) {
    return std::make_unique<JsonPrinter>(text);
}

std::unique_ptr<Printer> make_json_lines_printer(bool text) {
    return std::make_unique<JsonLinesPrinter>(text);
}

}  // namespace kvbus::kvctl
