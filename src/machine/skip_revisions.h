// What makes the image of a machine one of a machine that is further. Pure.
#pragma once

#include <cstdint>

#include "machine/image.h"

namespace kvbus::machine {

// The header of the same content so many revisions later, with no past: all that was written up to there can
// be read, and counts as compacted. Changes that the image tells of are given back as any that are compacted.
void skip_revisions(ImageHeader& header, std::uint64_t count);

}  // namespace kvbus::machine
