// Snapshots that clients ask a node for, to make backups of.
#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "unit/node/snapshot_fixture.h"

namespace kvbus::node::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A client that makes a backup through a node: asks for a snapshot, then for its chunks.
class ClientSnapshots : public Snapshots {
  protected:
    explicit ClientSnapshots(int nodes = 3) : Snapshots(nodes) {}

    void ask(int node, const std::string& address, std::uint64_t at_least = 0,
             std::uint32_t timeout_ms = 5000) {
        cluster.request(node, address,
                        {.id = 1, .timeout_ms = timeout_ms, .body = wire::SnapshotRequest{Index{at_least}}});
    }
    template <class Body>
    std::optional<Body> answer(int node, const std::string& address) {
        const auto replies = cluster.replies(node, address);
        if (replies.size() != 1) return std::nullopt;
        const auto* body = std::get_if<Body>(&replies[0].body);
        return body != nullptr ? std::optional(*body) : std::nullopt;
    }
    std::optional<wire::SnapshotManifest> manifest(int node, const std::string& address) {
        const auto reply = answer<wire::SnapshotReply>(node, address);
        if (!reply) return std::nullopt;
        const auto decoded = wire::decode_manifest(reply->manifest);
        return decoded.ok() ? std::optional(*decoded) : std::nullopt;
    }
    std::optional<wire::SnapshotChunkReply> fetch(int node, const wire::ChunkName& chunk) {
        const std::string address = "f" + std::to_string(++fetches_);
        cluster.request(node, address, {.id = 1, .body = wire::SnapshotChunkRequest{chunk}});
        cluster.advance(milliseconds{5});
        return answer<wire::SnapshotChunkReply>(node, address);
    }
    void write(const std::string& key) {
        cluster.request(1, "w" + key, put(1, key, "v"));
        cluster.advance(milliseconds{5});
    }

  private:
    int fetches_ = 0;
};

TEST_F(ClientSnapshots, AreTakenWhenAClientAsksOnAnyNode) {
    write("a");
    for (const int node : {1, 2, 3}) {
        ask(node, "c");
        cluster.advance(milliseconds{100});
        const auto taken = manifest(node, "c");
        ASSERT_TRUE(taken) << "node " << node;
        EXPECT_EQ(taken->header.revision, revision(1));
        EXPECT_EQ(taken->meta.holder, NodeId{static_cast<std::uint64_t>(node)});
    }
}

TEST_F(ClientSnapshots, MissNothingThatWasAcknowledgedBefore) {
    write("a");
    ask(2, "first");
    cluster.advance(milliseconds{100});
    ASSERT_TRUE(manifest(2, "first"));
    cluster.advance(seconds{20});  // the first client does not fetch it
    write("b");
    ask(2, "second");
    cluster.advance(milliseconds{100});
    const auto second = manifest(2, "second");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->header.revision, revision(1));
}

TEST_F(ClientSnapshots, OfTheSameMomentAreTakenOnce) {
    write("a");
    ask(1, "c1");
    ask(1, "c2");
    cluster.advance(milliseconds{100});
    ask(1, "c3");
    cluster.advance(milliseconds{100});
    const auto first = manifest(1, "c1");
    ASSERT_TRUE(first);
    EXPECT_EQ(manifest(1, "c2"), first);
    EXPECT_EQ(manifest(1, "c3"), first);
}

TEST_F(ClientSnapshots, AreTakenThoughTheyAreTurnedOff) {
    Config config = small_snapshots();
    config.snapshots.log_bytes_min = 0;
    cluster = Cluster(1, config);
    cluster.elect(1);
    write("a");
    ask(1, "c");
    cluster.advance(milliseconds{100});
    EXPECT_TRUE(manifest(1, "c"));
}

TEST_F(ClientSnapshots, TheirChunksBuildTheSameMachine) {
    write_much();
    ask(3, "c");
    cluster.advance(milliseconds{100});
    const auto taken = manifest(3, "c");
    ASSERT_TRUE(taken);
    wire::ImageReader reader(machine::Limits{}, *taken);
    for (std::uint64_t place = 0; const auto name = wire::chunk_at(*taken, place); ++place) {
        write("more" + std::to_string(place));  // which does not show
        const auto chunk = fetch(3, *name);
        ASSERT_TRUE(chunk && chunk->found) << wire::described(*name);
        EXPECT_EQ(chunk->hash, wire::hash_of(*name, chunk->bytes));
        ASSERT_TRUE(reader.add(*name, chunk->bytes).ok());
    }
    const auto machine = reader.finish();
    ASSERT_TRUE(machine.ok()) << machine.error().message;
    EXPECT_EQ(machine->revision(), taken->header.revision);
    EXPECT_LT(machine->revision(), revision(1));
}

TEST_F(ClientSnapshots, AreKeptWhileTheyAreFetched) {
    write_much();
    ask(1, "c");
    cluster.advance(milliseconds{100});
    const auto taken = manifest(1, "c");
    ASSERT_TRUE(taken);
    for (std::uint64_t place = 0; place < 3; ++place) {
        cluster.advance(seconds{14});
        write("more" + std::to_string(place));
        ask(1, "other" + std::to_string(place));  // which needs a later one
        const auto chunk = fetch(1, wire::chunk_at(*taken, place).value());
        EXPECT_TRUE(chunk && chunk->found) << place;
    }
    cluster.advance(seconds{16});
    ask(1, "later");
    cluster.advance(milliseconds{100});
    const auto gone = fetch(1, wire::chunk_at(*taken, 0).value());
    EXPECT_TRUE(gone && !gone->found) << "nobody has fetched of it for long";
}

TEST_F(ClientSnapshots, AreKeptForWhoHasTheManifestAndNoChunkYet) {
    write_much();
    ask(1, "c");
    cluster.advance(milliseconds{100});
    const auto taken = manifest(1, "c");
    ASSERT_TRUE(taken);
    write("b");
    ask(1, "other");
    cluster.advance(seconds{10});
    const auto chunk = fetch(1, wire::chunk_at(*taken, 0).value());
    EXPECT_TRUE(chunk && chunk->found);
}

TEST_F(ClientSnapshots, AreNotWaitedForOnceTheirLastChunkIsFetched) {
    write_much();
    ask(1, "c");
    cluster.advance(milliseconds{100});
    const auto taken = manifest(1, "c");
    ASSERT_TRUE(taken);
    for (std::uint64_t place = 0; const auto name = wire::chunk_at(*taken, place); ++place)
        ASSERT_TRUE(fetch(1, *name)->found);
    write("b");
    ask(1, "next");
    cluster.advance(milliseconds{200});
    const auto next = manifest(1, "next");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->header.revision, revision(1));
}

TEST_F(ClientSnapshots, ThatTakeLongAreAskedForAgainWithTheIndexThatWasNamed) {
    write("a");
    cluster.disk(2).held = true;
    ask(2, "c", 0, 100);
    cluster.advance(milliseconds{300});
    const auto waiting = answer<wire::SnapshotReply>(2, "c");
    ASSERT_TRUE(waiting);
    EXPECT_EQ(waiting->manifest, "");
    ASSERT_GT(waiting->at_least.value, 0U);
    ask(2, "again", waiting->at_least.value);
    cluster.disk(2).held = false;
    cluster.advance(milliseconds{100});
    const auto taken = manifest(2, "again");
    ASSERT_TRUE(taken);
    EXPECT_GE(taken->meta.last.index, waiting->at_least);
}

TEST_F(ClientSnapshots, OfAnIndexThatIsNotReachedAreNotTaken) {
    write("a");
    ask(1, "c", 1'000'000, 100);
    cluster.advance(milliseconds{200});
    EXPECT_EQ(status(1).snapshot_index, 0U);
    const auto waiting = answer<wire::SnapshotReply>(1, "c");
    EXPECT_TRUE(waiting && waiting->manifest.empty());
}

TEST_F(ClientSnapshots, ANodeThatIsCutOffTakesNone) {
    write("a");
    cluster.cut(2);
    ask(2, "c", 0, 500);
    cluster.advance(seconds{1});
    EXPECT_TRUE(answer<Error>(2, "c"));
    EXPECT_EQ(status(2).snapshot_index, 0U);
}

TEST_F(ClientSnapshots, ADiskThatTheyWouldFillRefusesThem) {
    write("a");
    cluster.disk(1).free_bytes = 10 << 20;
    ask(1, "c");
    cluster.advance(milliseconds{100});
    const auto error = answer<Error>(1, "c");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, Code::no_space);
    EXPECT_THAT(error->message, ::testing::HasSubstr("n1"));
}

TEST_F(ClientSnapshots, NoMoreClientsWaitThanThereAreBoundsFor) {
    cluster.disk(1).held = true;
    for (int i = 0; i < 70; ++i)
        ask(1, "c" + std::to_string(i), 1'000'000);
    cluster.advance(milliseconds{10});
    const auto error = answer<Error>(1, "c69");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, Code::overloaded);
}

}  // namespace
}  // namespace kvbus::node::testing
