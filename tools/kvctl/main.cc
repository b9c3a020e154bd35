// kvctl: the command line client.
#include <iostream>

#include "kvctl/program.h"

int main(int argc, char** argv) {
    using namespace kvbus::kvctl;
    Session session(std::cin);
    return write_finish(run_words({argv + std::min(argc, 1), argv + argc}, session));
}
