// The C++ client of a kvbus cluster.
//
//     kvbus::Client client({.endpoints = {"tcp://127.0.0.1:4370"}});
//     auto put = client.put("greeting", "hello");
//     if (!put.ok()) return fail(put.error());
//     auto got = client.get("greeting");  // linearizable
//     if (!got.ok()) return fail(got.error());
//     for (const kvbus::KeyValue& kv : got->kvs) std::cout << kv.value << "\n";
//
// The programs in tests/examples are the examples of these headers, whole.
//
// Thread safety: every member may be called from any thread. A client runs one thread of its own, which does
// all sending, receiving and retrying, and on which callbacks run: they must not block, and may start further
// calls, but only with a callback. A call that cannot even be queued (an impossible argument, too many
// waiting) calls back before it returns, on the calling thread. Calls made together travel together: start
// many before waiting for the first.
//
// Guarantees: each write is applied at most once, however often the client had to send it. A write whose fate
// the client could not learn in time fails with Code::outcome_unknown (or closed, when the client went
// first), never with another code. Reads are linearizable unless asked otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kvbus/error.h>
#include <kvbus/operations.h>
#include <kvbus/types.h>
#include <kvbus/watch.h>

namespace kvbus {

struct ClientOptions {
    // tcp://HOST:PORT of any nodes of one cluster; at least one. The client finds the leader from there, and
    // the other nodes too.
    std::vector<std::string> endpoints;
    // How long a call may take in all, retries included; at most one minute.
    std::chrono::milliseconds timeout{5000};
    // Calls under way at once, at most 16,384. Further ones fail with Code::overloaded, as do calls while
    // those under way hold more than 64 MiB of keys and values.
    std::uint32_t in_flight_max = 8192;
    // Talk to the given endpoints only: do not learn others from the cluster and do not move to the leader.
    bool stay_on_endpoints = false;
    // How long a call waits while no endpoint can be connected to, before it fails with Code::connection;
    // when not set, as long as `timeout`.
    std::optional<std::chrono::milliseconds> connect_timeout{};
};

// A node's own account of itself. Counters are since its start.
struct EndpointStatus {
    Header header;
    std::string endpoint;
    std::string name;
    std::string version;
    std::string role;                                              // leader, follower, candidate
    std::uint64_t commit = 0, applied = 0, last = 0, durable = 0;  // log indexes
    std::uint64_t state_hash = 0;  // at `applied`; equal on all nodes at equal indexes
    std::uint64_t keys = 0, bytes = 0, sessions = 0;
    std::uint64_t disk_bytes = 0, disk_free_bytes = 0;
    std::uint64_t cpu_us = 0, rss_peak_bytes = 0, uptime_ms = 0;
    std::uint64_t writes_applied = 0, reads_served = 0, bad_client_frames = 0, bad_peer_frames = 0,
                  elections = 0;
    std::uint64_t disk_syncs = 0, log_entries = 0, loop_turns = 0;
    std::uint64_t client_frames_in = 0, client_frames_out = 0, peer_frames_in = 0, peer_frames_out = 0;
    std::uint64_t bad_client_connections = 0,
                  bad_peer_connections = 0;  // accepted, but not ZeroMQ, or not yet
    std::uint64_t frames_dropped = 0;        // to clients and nodes that were gone or did not keep up
    std::uint64_t wake_ups = 0;              // of all threads, from waiting
    std::uint64_t loop_busy_permille = 0;    // in the last second or more; 1000: the node is saturated
    std::uint64_t history_bytes = 0;         // of what was overwritten or removed and can still be read
    Revision compacted;                      // the first that can be read; none: nothing is compacted
    std::uint64_t leases = 0;
    std::uint64_t watches = 0, campaigns = 0;  // that wait at this node
    std::uint64_t log_start = 0;               // the log holds what comes after this index
    std::uint64_t snapshot_index = 0;          // the last log index in the snapshot on disk; 0: there is none
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t snapshots_installed = 0;  // received from other nodes, since start
    std::uint64_t memory_bytes = 0;         // that the state takes, about
    std::uint64_t memory_limit_bytes = 0;   // above which it refuses writes; 0: there is none
    std::vector<Alarm> alarms;              // for which it refuses work now
};

struct MemberList {
    Header header;
    std::vector<Member> members;
};

// A snapshot that a node took. Its manifest and chunks are what section 14 of the protocol describes, and
// what `kvctl snapshot save` makes a file of.
struct SnapshotTaken {
    Header header;
    std::uint64_t at_least = 0;  // the log index that it had to reach
    std::string manifest;        // empty: it is not there yet; ask again, with at_least
};
struct ChunkPlace {
    std::uint64_t snapshot = 0;  // its id, as the manifest has it
    std::uint8_t section = 0;
    std::uint32_t number = 0;
};
struct SnapshotChunk {
    Header header;
    bool found = false;  // false: the node does not keep that snapshot any more
    std::string bytes;
    std::uint64_t hash = 0;
};

class Client {
  public:
    // Connects in the background; an unreachable cluster shows in the calls. An impossible option (no
    // endpoint, a bad URL, a timeout out of range) makes every call fail with Code::invalid_argument.
    explicit Client(ClientOptions options);
    // Calls under way fail with Code::closed, on the client's thread, before it returns; a write among them
    // may or may not have been applied. What was asked for last is still sent if a node is connected, for
    // 200 ms at most. Callbacks must not start a call upon it. Not to be called in a callback.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Errors of all calls: invalid_argument (an empty key, options that contradict each other), too_large (a
    // key over 32 KiB, a value over 1 MiB, a result over 16 MiB), overloaded, unavailable, no_space,
    // wrong_cluster, connection, timeout (reads), outcome_unknown (writes), closed. Further ones stand at the
    // call.

    // Errors: key_not_found (ignore_value, ignore_lease), lease_not_found.
    Result<PutResult> put(std::string_view key, std::string_view value, const PutOptions& options = {});
    // Errors: compacted, future_revision.
    Result<GetResult> get(std::string_view key, const GetOptions& options = {});
    Result<DeleteResult> remove(std::string_view key, const DeleteOptions& options = {});
    // Adds bytes at the end of the value; a missing key counts as an empty one. Errors: overflow (the value
    // would be over 1 MiB).
    Result<AppendResult> append(std::string_view key, std::string_view bytes);
    // The value is a decimal integer of 64 bits; a missing key counts as 0. Errors: wrong_type, overflow.
    Result<IncrementResult> increment(std::string_view key, std::int64_t delta = 1);
    // Errors: those of its operations; duplicate_key; invalid_argument (over 128 comparisons or operations).
    Result<TxnResult> txn(const Txn& txn);

    // Writes on a condition. Errors: compare_failed (it does not hold; nothing was written).
    Result<PutResult> put_if_absent(std::string_view key, std::string_view value,
                                    const PutOptions& options = {});
    // While the key's mod_revision is this one; none: as long as the key does not exist.
    Result<PutResult> put_if_revision(std::string_view key, std::string_view value, Revision mod_revision,
                                      const PutOptions& options = {});
    // While the key has exactly this value.
    Result<PutResult> compare_and_swap(std::string_view key, std::string_view expected,
                                       std::string_view value, const PutOptions& options = {});

    // The same calls with a callback instead of waiting; errors are the same.
    using OnPut = std::function<void(Result<PutResult>)>;
    using OnGet = std::function<void(Result<GetResult>)>;
    using OnDelete = std::function<void(Result<DeleteResult>)>;
    using OnAppend = std::function<void(Result<AppendResult>)>;
    using OnIncrement = std::function<void(Result<IncrementResult>)>;
    using OnTxn = std::function<void(Result<TxnResult>)>;
    void put_async(std::string_view key, std::string_view value, const PutOptions& options, OnPut done);
    void get_async(std::string_view key, const GetOptions& options, OnGet done);
    void remove_async(std::string_view key, const DeleteOptions& options, OnDelete done);
    void append_async(std::string_view key, std::string_view bytes, OnAppend done);
    void increment_async(std::string_view key, std::int64_t delta, OnIncrement done);
    void txn_async(const Txn& txn, OnTxn done);
    void put_if_absent_async(std::string_view key, std::string_view value, const PutOptions& options,
                             OnPut done);
    void put_if_revision_async(std::string_view key, std::string_view value, Revision mod_revision,
                               const PutOptions& options, OnPut done);
    void compare_and_swap_async(std::string_view key, std::string_view expected, std::string_view value,
                                const PutOptions& options, OnPut done);

    // A lease of at least this ttl (the cluster has a least one, of 2 s). None as id: one is drawn. lock.h
    // has a KeepAlive for it. Errors: lease_exists.
    Result<LeaseResult> grant_lease(std::chrono::milliseconds ttl, LeaseId lease = {});
    // Removes its keys, in one revision. Errors: lease_not_found, as the next two.
    Result<Done> revoke_lease(LeaseId lease);
    Result<LeaseResult> keep_alive_once(LeaseId lease);  // from now on it lasts its whole ttl again
    Result<LeaseStatus> lease_status(LeaseId lease, bool with_keys = false);
    Result<LeaseList> leases();  // in the order of their ids

    using OnLease = std::function<void(Result<LeaseResult>)>;
    using OnLeaseStatus = std::function<void(Result<LeaseStatus>)>;
    using OnLeases = std::function<void(Result<LeaseList>)>;
    using OnDone = std::function<void(Result<Done>)>;
    void grant_lease_async(std::chrono::milliseconds ttl, LeaseId lease, OnLease done);
    void revoke_lease_async(LeaseId lease, OnDone done);
    void keep_alive_async(LeaseId lease, OnLease done);
    void lease_status_async(LeaseId lease, bool with_keys, OnLeaseStatus done);
    void leases_async(OnLeases done);

    // A range of any size, in parts of bounded size, in byte order of the keys, all as of one revision: that
    // of the first part, unless the options name one. `visit` gets one part after the other on the calling
    // thread until it returns false; no part is empty. Answers with the first part's header. Not with a sort
    // order or count_only; a limit counts over all parts; serializable is the first part only. Errors: those
    // of get(); compacted also when that revision was given up meanwhile.
    Result<Header> scan(std::string_view key, const GetOptions& options,
                        const std::function<bool(std::vector<KeyValue>&)>& visit);

    // Until the Watch is destroyed: see watch.h.
    [[nodiscard]] Watch watch(std::string_view key, const WatchOptions& options, OnWatch on_batch);

    // Takes a place in the line for a name, and answers when it is the first; lock.h has types around it that
    // keep the lease alive. Asked again with the same lease it keeps its place. `timeout` takes the place of
    // the options', and has its limits. Errors: not_first (it waited as long, and keeps its place),
    // place_lost, lease_not_found.
    Result<Candidacy> campaign(std::string_view name, LeaseId lease, std::string_view value,
                               std::chrono::milliseconds timeout);
    using OnCampaign = std::function<void(Result<Candidacy>)>;
    void campaign_async(std::string_view name, LeaseId lease, std::string_view value,
                        std::chrono::milliseconds timeout, OnCampaign done);

    // Forgets what was overwritten or removed up to this revision, which can still be read. Errors:
    // compacted, future_revision.
    Result<Done> compact(Revision revision);
    void compact_async(Revision revision, OnDone done);

    // Asks exactly this endpoint, which need not be among the options', once.
    Result<EndpointStatus> status(const std::string& endpoint);
    Result<MemberList> members();
    using OnStatus = std::function<void(Result<EndpointStatus>)>;
    using OnMembers = std::function<void(Result<MemberList>)>;
    void status_async(const std::string& endpoint, OnStatus done);
    void members_async(OnMembers done);

    // For backups. Each asks exactly this endpoint, once: a snapshot is one node's own. Has it take one that
    // misses no write that was acknowledged before; `at_least` is that of the answer before, or 0. While its
    // chunks are fetched the node keeps it, and for 15 seconds after the last request.
    using OnSnapshot = std::function<void(Result<SnapshotTaken>)>;
    using OnSnapshotChunk = std::function<void(Result<SnapshotChunk>)>;
    void take_snapshot_async(const std::string& endpoint, std::uint64_t at_least, OnSnapshot done);
    void snapshot_chunk_async(const std::string& endpoint, const ChunkPlace& place, OnSnapshotChunk done);

    class Impl;

  private:
    friend class KeepAlive;  // runs on the client's thread
    friend class Watcher;
    friend Watch observe(Client& client, std::string_view election,
                         std::function<void(Result<KeyValue>)> changed);
    std::unique_ptr<Impl> impl_;
};

}  // namespace kvbus
