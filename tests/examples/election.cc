// Schedules while it leads, and follows who does.
#include <semaphore>

#include <kvbus/lock.h>

#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));
    const auto schedule = [](kvbus::Revision token) { std::cout << "leads: " << (token.value > 0) << "\n"; };

    auto leadership = kvbus::Leadership::campaign(client, "scheduler", "node 7");
    if (!leadership.ok()) return fail(leadership.error());
    schedule(leadership->token());

    std::counting_semaphore<> seen{0};
    const kvbus::Watch watch =
        kvbus::observe(client, "scheduler", [&](const kvbus::Result<kvbus::KeyValue>& leader) {
            if (!leader.ok()) return;  // observing is over
            std::cout << "the leader says: " << leader->value << "\n";
            seen.release();
        });
    seen.acquire();
    if (auto said = leadership->proclaim("node 7, busy"); !said.ok()) return fail(said.error());
    seen.acquire();
    if (auto resigned = leadership->resign(); !resigned.ok()) return fail(resigned.error());
}
