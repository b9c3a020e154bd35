// Takes a name in one step, which only one of any number of programs can.
#include "examples/example.h"

int main(int argc, char** argv) {
    kvbus::Client client(options_from(argc, argv));

    // Take a name if it is free, else see who has it.
    kvbus::Txn txn;
    txn.compares = {kvbus::create_revision_of("name", kvbus::Relation::equal, 0)};
    txn.success = {{kvbus::TxnPut{"name", "me"}}};
    txn.failure = {{kvbus::TxnGet{"name"}}};

    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto taken = client.txn(txn);
        if (!taken.ok()) return fail(taken.error());
        if (taken->succeeded) {
            std::cout << "taken\n";
        } else {
            const auto& got = std::get<kvbus::GetResult>(taken->results.at(0).body);
            std::cout << "it belongs to " << got.kvs.at(0).value << "\n";
        }
    }
}
