// What the examples share: the endpoints from the command line, and what to do about an error.
#pragma once

#include <iostream>
#include <string>
#include <vector>

#include <kvbus/client.h>

// Every argument is an endpoint.
inline kvbus::ClientOptions options_from(int argc, char** argv) {
    return {.endpoints = std::vector<std::string>(argv + 1, argv + argc)};
}

// The exit status.
inline int fail(const kvbus::Error& error) {
    std::cerr << name_of(error.code) << ": " << error.message << "\n";
    return 1;
}
