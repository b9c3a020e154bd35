// etcdctl with an etcd of its own, or kvctl with a kvd: runs command lines and tells what came of them, with
// placeholders for what cannot be the same on two clusters: ids, terms, and how much of a lease is left. One
// thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "system/beside_etcd/script.h"
#include "system/harness/cluster.h"
#include "system/harness/process.h"

namespace kvbus::beside_etcd {

struct Answer {
    std::string out;
    bool complains = false;  // says something on stderr
    int status = 0;
};

class Tool {
  public:
    // `words`: the program and its global flags.
    Tool(const harness::TestDir& dir, std::string name, std::vector<std::string> words)
        : dir_(dir), name_(std::move(name)), words_(std::move(words)) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Answer run(const CommandLine& line, const std::string& form);

  private:
    [[nodiscard]] harness::CommandLine shell(const std::string& text, const std::string& form) const;
    [[nodiscard]] Answer run_until(const CommandLine& line, const std::string& form) const;
    void remember(const std::string& variable, const std::string& out);
    [[nodiscard]] std::string without_ids(std::string out) const;

    const harness::TestDir& dir_;
    std::string name_;
    std::vector<std::string> words_;
    std::map<std::string, std::string> leases_;  // by variable, in hex
};

// One node of etcd, with everything in the directory.
class Etcd {
  public:
    Etcd(const harness::TestDir& dir, const std::string& program);
    [[nodiscard]] std::string endpoint() const;

  private:
    harness::Port client_;
    harness::Port peer_;
    std::unique_ptr<harness::Process> process_;
};

}  // namespace kvbus::beside_etcd
