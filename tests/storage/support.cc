#include "storage/support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace kvbus::storage {

namespace fs = std::filesystem;

TempDir::TempDir() {
    std::string name = fs::temp_directory_path() / "kvbus-storage-XXXXXX";
    KV_CHECK(mkdtemp(name.data()) != nullptr, "no temporary directory");
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code error;
    fs::remove_all(path_, error);
}

TempFilesIn::TempFilesIn(const fs::path& dir) : usual_(fs::temp_directory_path()) {
    setenv("TMPDIR", dir.c_str(), 1);
}

TempFilesIn::~TempFilesIn() {
    setenv("TMPDIR", usual_.c_str(), 1);
}

std::string bytes_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void set_bytes(const fs::path& file, std::string_view bytes) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

wire::Identity test_identity() {
    return {ClusterId{0xc1}, NodeId{0xa1}, "n1"};
}

StoreOptions options_for(const fs::path& dir) {
    return {dir, test_identity()};
}

raft::Entry entry(std::uint64_t index, std::uint64_t term, std::size_t bytes) {
    Random random(index * 1000 + term);
    std::string data(bytes, '\0');
    for (char& byte : data)
        byte = static_cast<char>(random.next());
    return {{Term{term}, Index{index}}, raft::EntryType::commands, Blob::copy_of(data)};
}

raft::HardState hard_state(std::uint64_t term, std::uint64_t vote, std::uint64_t commit) {
    return {Term{term}, NodeId{vote}, Index{commit}};
}

raft::Write append(std::uint64_t first, std::uint64_t last, std::uint64_t term, std::uint64_t commit) {
    raft::Write write;
    write.hard_state = hard_state(term, 0, commit);
    for (std::uint64_t index = first; index <= last; ++index)
        write.append.push_back(entry(index, term));
    return write;
}

Result<LogStore::Opened> open_store(const fs::path& dir) {
    return LogStore::open(options_for(dir),
                          [](machine::Machine&, const raft::Entry&) { return Result<void>{}; });
}

Result<Content> read_back(const fs::path& dir) {
    Content content;
    auto opened = LogStore::open(options_for(dir), [&](machine::Machine&, const raft::Entry& entry) {
        content.entries.push_back(entry);
        return Result<void>{};
    });
    if (!opened.ok()) return opened.error();
    content.recovered = std::move(opened->recovered);
    const auto& tail = content.recovered.tail;
    content.entries.insert(content.entries.end(), tail.begin(), tail.end());
    return content;
}

}  // namespace kvbus::storage
