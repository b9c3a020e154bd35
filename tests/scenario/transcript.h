// Transcripts: a small language for telling stories about a cluster, with what came of it written below each
// command.
//
// A transcript is text: lines of `#` comment, and blocks of commands, `----`, and what the cluster did, up to
// an empty line. Playing one gives the same text with what the cluster really did. Each line of it starts
// with the time in ms.
//
// Nodes are numbers. LINK is `1>2` or, for any node, `*>2` or `1>*`; KIND a message's kind (raft/trace.h).
//
// clang-format off
//   nodes N [timeouts=500ms,600ms,…] [log_window=BYTES] [append_bytes=BYTES] [snapshot_time=20ms]
//                          the cluster; always first
//   show|hide TOPIC…       messages, disk, roles, applies, reads, fetches, snapshots, processes, refusals, or a KIND
//   run DURATION           e.g. 50ms, 2s
//   run until leader       … there is one
//   run until applied I    … by all that run
//   campaign N             node N's clock jumps to the end of its election timeout
//   propose N TEXT         a client's write
//   read N                 a client's linearizable read
//   snapshot N [keep=K]    node N takes one of all that it has applied, and keeps the last K entries of that
//   crash N | restart N [base=I] | lost N (all others hear of its death)
//   cut 1 2 | 3            no message passes between the groups any more; `cut LINK` for one direction
//   heal                   all cuts
//   hold LINK [KIND]       keeps messages back in the network; `release LINK [KIND]` lets them go
//   deliver LINK [KIND] [copy]   the oldest, now; with `copy` it stays under way as well
//   drop LINK [KIND]       the oldest is lost
//   persist N hold|one|all|auto  keeps node N's writes in flight; completes the oldest; all; goes on by itself
//   status | log N | network     what the nodes say, what is on a disk, what is held back
// clang-format on
#pragma once

#include <optional>
#include <string>

namespace kvbus::scenario {

struct Played {
    std::string text;
    std::optional<std::string> violation;  // the story ended there
};

// Throws std::invalid_argument for what is no transcript, with the line.
[[nodiscard]] Played play(const std::string& transcript);

}  // namespace kvbus::scenario
