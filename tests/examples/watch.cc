// Works on every job that there is, and on every one that comes.
#include <semaphore>

#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));
    std::counting_semaphore<> done{0};
    const auto work_on = [&](const kvbus::KeyValue& job) {
        std::cout << job.key << ": " << job.value << "\n";
        done.release();
    };
    if (auto put = client.put("jobs/1", "sweep"); !put.ok()) return fail(put.error());

    // What there is, and then every change of it.
    const std::string end = kvbus::prefix_end("jobs/");
    auto jobs = client.get("jobs/", {.range_end = end});
    if (!jobs.ok()) return fail(jobs.error());
    for (const kvbus::KeyValue& job : jobs->kvs)
        work_on(job);
    const kvbus::Revision next{jobs->header.revision.value + 1};
    auto watch = client.watch("jobs/", {.range_end = end, .revision = next},
                              [&](kvbus::Result<kvbus::WatchBatch> batch) {
                                  if (!batch.ok()) return;  // the watch is over
                                  for (const kvbus::WatchEvent& event : batch->events)
                                      work_on(event.kv);
                              });

    if (auto put = client.put("jobs/2", "polish"); !put.ok()) return fail(put.error());
    done.acquire();
    done.acquire();
}
