// A program of somebody else that uses all of the installed headers. Nobody listens where it asks.
#include <iostream>

#include <kvbus/client.h>
#include <kvbus/lock.h>

int main() {
    kvbus::Client client({.endpoints = {"tcp://127.0.0.1:1"}, .timeout = std::chrono::milliseconds{300}});
    const kvbus::Watch watch = client.watch("key", {}, [](const auto&) {});
    kvbus::Watcher watcher(client, "key");
    std::cout << "get: " << name_of(client.get("key").error().code) << "\n"
              << "lock: " << name_of(kvbus::Lock::acquire(client, "name").error().code) << "\n"
              << "watch: " << name_of(watcher.next(std::chrono::milliseconds{1}).error().code) << "\n";
}
