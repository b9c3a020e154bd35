#include "machine/skip_revisions.h"

#include "machine/machine_state.h"

namespace kvbus::machine {

void skip_revisions(ImageHeader& header, std::uint64_t count) {
    if (count == 0) return;
    header.state_hash -= hash_of_revision(header.revision);
    header.revision = Revision{header.revision.value + count};
    header.state_hash += hash_of_revision(header.revision);
    header.compacted = header.revision;
    header.marks.clear();  // which are of revisions that are not compacted
}

}  // namespace kvbus::machine
