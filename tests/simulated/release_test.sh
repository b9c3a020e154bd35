#!/usr/bin/env bash
# No mutant and no mark (base/mutant.h, base/sometimes.h) reaches a program that is shipped.
#   release_test.sh SIMULATED_OBJECT PROGRAM...
# The object was compiled for the simulator, and shows that the search finds what is there.
set -euo pipefail

hooks='kvbus::(mutant_at_work|mutated|sometimes_reached|sometimes)\b'
symbols_of() { nm --demangle "$1"; }
fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

simulated=$1
shift
for hook in mutant_at_work sometimes_reached; do
    symbols_of "$simulated" | grep -E "$hooks" | grep "$hook" >/dev/null ||
        fail "the search does not find $hook in $simulated, where it must be"
done
for program in "$@"; do
    symbols_of "$program" | grep 'kvbus::' >/dev/null || fail "$program has no symbols to search"
    found=$(symbols_of "$program" | grep -E "$hooks") || continue
    fail "$program carries hooks of the simulator:"$'\n'"$found"
done
