// Prints a page while nobody else does.
#include <kvbus/lock.h>

#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));
    kvbus::Revision last;  // the printer's memory
    const auto print = [&](const char* page, kvbus::Revision token) {
        if (token < last) return;
        last = token;
        std::cout << page << "\n";
    };
    for (const char* page : {"first page", "second page"}) {
        auto lock = kvbus::Lock::acquire(client, "printer", {.ttl = std::chrono::seconds{10}});
        if (!lock.ok()) return fail(lock.error());
        print(page, lock->token());  // the printer refuses a token lower than one it has seen
    }
}
