#!/usr/bin/env bash
# Whether a program outside of the source tree can be built with the client library as it is installed, and runs.
#   install_test.sh cmake|pkgconfig BUILD_DIR
# Needs no cluster. Exits 0 when all holds, 77 when what is needed to tell is not on this machine.
set -euo pipefail

build=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

fail() {
    printf 'install_test: %s\n' "$*" >&2
    exit 1
}

# quietly COMMAND...: shows what it says only when it fails.
quietly() {
    local output
    output=$("$@" 2>&1) || fail "$*: $output"
}

expect_outside() {
    local expected=$'get: connection\nlock: connection\nwatch: timeout'
    local output
    output=$("$1") || fail 'the outside program fails'
    [[ $output == "$expected" ]] || fail "the outside program says: $output"
}

test_cmake() {
    quietly cmake -S "$here/outside" -B "$scratch/outside" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix"
    quietly cmake --build "$scratch/outside"
    expect_outside "$scratch/outside/outside"
}

test_pkgconfig() {
    command -v pkg-config >/dev/null || {
        echo 'skipped: pkg-config is not here; the package pkg-config has it'
        exit 77
    }
    export PKG_CONFIG_PATH
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name kvbus.pc)")
    local form flags
    for form in --libs '--static --libs'; do
        # The forms are words, and so are the flags.
        # shellcheck disable=SC2086
        read -ra flags <<<"$(pkg-config --cflags $form kvbus)"
        quietly "${CXX:-g++}" -Wall -Wextra -Werror -O1 "$here/outside/main.cc" -o "$scratch/outside" "${flags[@]}"
        expect_outside "$scratch/outside"
    done
}

quietly cmake --install "$build" --component client --prefix "$prefix"
# What is installed must not lead back to where it was built.
! grep -rlE "$build" "$prefix" --include='*.cmake' --include='*.pc' --include='*.h' || fail 'an installed file names the build directory'
"test_$1"
