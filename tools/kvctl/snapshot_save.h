// Makes a backup: has a node take a snapshot, and fetches it chunk by chunk into a file that another call can
// go on with. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kvctl/command.h"
#include "kvctl/interruption.h"
#include "kvctl/part_file.h"
#include "wire/backup.h"

namespace kvbus::kvctl {

class SnapshotSave {
  public:
    // These outlive it; a signal ends what it does.
    SnapshotSave(const Globals& globals, PartFile& file, const Interruption& interruption);

    // Goes on with what the file holds, while a node still has that snapshot; else begins anew. The file is
    // whole and has its name then. Errors leave what was fetched, and say how to go on.
    [[nodiscard]] Result<wire::BackupHead> run();

  private:
    struct Begun {
        wire::BackupHead head;
        std::uint64_t chunks = 0;  // that are there
        std::uint64_t bytes = 0;   // of the file, up to there
        std::uint64_t total = 0;
        std::string endpoint;  // which node has the rest

        [[nodiscard]] std::optional<wire::ChunkName> next() const {
            return wire::chunk_at(head.manifest, chunks);
        }
    };
    [[nodiscard]] std::optional<Begun> found() const;
    [[nodiscard]] Result<bool> find_holder(Begun& begun);
    [[nodiscard]] Result<Begun> begin();
    [[nodiscard]] Result<Begun> begin_at(const std::string& endpoint);
    [[nodiscard]] Result<SnapshotTaken> take(const std::string& endpoint);
    [[nodiscard]] Result<void> fetch(Begun& begun);
    [[nodiscard]] Result<std::string> fetch_chunk(const std::string& endpoint, const wire::ChunkName& name);
    [[nodiscard]] Result<SnapshotChunk> ask_for(const std::string& endpoint, const wire::ChunkName& name);
    [[nodiscard]] Result<wire::BackupHead> finish();

    // Waits for the answer of a call; the signal that comes first ends it.
    template <class T, class Start>
    [[nodiscard]] Result<T> wait_for(Start start);
    [[nodiscard]] bool interrupted_within(Duration time) const;
    [[nodiscard]] Error interrupted() const;

    const Globals& globals_;
    Client& client_;
    PartFile& file_;
    const Interruption& interruption_;
};

}  // namespace kvbus::kvctl
