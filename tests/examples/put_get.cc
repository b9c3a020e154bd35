// Writes a key and reads it back.
#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));

    auto put = client.put("greeting", "hello");
    if (!put.ok()) return fail(put.error());
    auto got = client.get("greeting");  // linearizable
    if (!got.ok()) return fail(got.error());
    for (const kvbus::KeyValue& kv : got->kvs)
        std::cout << kv.value << "\n";

    // Writes can depend on what is there.
    const auto again = client.put_if_absent("greeting", "bye");
    std::cout << name_of(category_of(again.error().code)) << "\n";
}
