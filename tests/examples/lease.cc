// Is seen by others for as long as it lives.
#include <kvbus/lock.h>

#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));

    auto lease = client.grant_lease(std::chrono::seconds{10});
    if (!lease.ok()) return fail(lease.error());
    kvbus::KeepAlive alive(client, lease->lease, lease->ttl);
    auto put = client.put("workers/7", "here", {.lease = lease->lease});

    if (!put.ok()) return fail(put.error());
    std::cout << client.lease_status(lease->lease, true)->keys.at(0) << "\n";
    if (auto revoked = client.revoke_lease(lease->lease); !revoked.ok()) return fail(revoked.error());
    std::cout << client.get("workers/7")->kvs.size() << " left\n";
}
