#!/usr/bin/env bash
# What `cmake --install` puts where, whether systemd can read it, and whether the example configuration is true.
#   deploy_test.sh install|units|config BUILD_DIR EXAMPLE
# Needs no running cluster. Exits 0 when all holds, 77 when what is needed to tell is not on this machine.
set -euo pipefail

build=$2
example=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
stage=$scratch/stage

fail() {
    printf 'deploy_test: %s\n' "$*" >&2
    exit 1
}

install_stage() { DESTDIR=$stage cmake --install "$build" --prefix /usr >"$scratch/install.log"; }

# Exactly these files and no other, and programs that run.
test_install() {
    local expected='
/usr/bin/kvbench
/usr/bin/kvctl
/usr/bin/kvd
/usr/include/kvbus/client.h
/usr/include/kvbus/error.h
/usr/include/kvbus/lock.h
/usr/include/kvbus/operations.h
/usr/include/kvbus/types.h
/usr/include/kvbus/watch.h
/usr/lib/systemd/system/kvd.service
/usr/lib/systemd/system/kvd@.service
/usr/lib/sysusers.d/kvbus.conf
LIBDIR/cmake/kvbus/kvbusConfig.cmake
LIBDIR/cmake/kvbus/kvbusConfigVersion.cmake
LIBDIR/cmake/kvbus/kvbusTargets-release.cmake
LIBDIR/cmake/kvbus/kvbusTargets.cmake
LIBDIR/libkvbus.a
LIBDIR/pkgconfig/kvbus.pc
/usr/share/doc/kvbus/LICENSE
/usr/share/doc/kvbus/PROTOCOL.md
/usr/share/doc/kvbus/README.md
/usr/share/doc/kvbus/examples/kvd.toml'
    install_stage
    local libdir
    libdir=/usr/$(sed -nE 's/^CMAKE_INSTALL_LIBDIR:PATH=//p' "$build/CMakeCache.txt")
    expected=${expected//LIBDIR/$libdir}
    diff <(sort <<<"${expected#?}") <(cd "$stage" && find . -type f | sed 's/^\.//' | sort) >&2 ||
        fail 'the installed files (>) are not those expected (<)'
    local program
    for program in kvd kvctl kvbench; do
        "$stage/usr/bin/$program" --version >/dev/null || fail "$program --version fails"
    done
}

test_units() {
    command -v systemd-analyze >/dev/null || {
        echo 'skipped: systemd-analyze is not here; the package systemd has it'
        exit 77
    }
    install_stage
    local unit complaints
    for unit in kvd.service kvd@.service; do
        # systemd looks for the program where the unit says.
        sed "s#^ExecStart=/[^ ]*/kvd #ExecStart=$stage/usr/bin/kvd #" "$stage/usr/lib/systemd/system/$unit" >"$scratch/$unit"
        complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$scratch/$unit" 2>&1) ||
            fail "systemd does not accept $unit: $complaints"
        [[ -z $complaints ]] || fail "systemd says of $unit: $complaints"
    done
    complaints=$(systemd-sysusers --root="$stage" --dry-run "$stage/usr/lib/sysusers.d/kvbus.conf" 2>&1) ||
        fail "systemd-sysusers does not accept kvbus.conf: $complaints"
}

# flags: the settings that kvd knows, one a line, "NAME=DEFAULT" or "NAME".
flags() {
    "$build/bin/kvd" --help | grep -oE '^ +(-[a-z],)?--[a-z-]+( TEXT(=[^ ]*)?)?' | sed -E 's/^ +(-[a-z],)?--//; s/ TEXT//' |
        grep -vE '^(help|version|config|check-config)$'
}

test_config() {
    "$build/bin/kvd" --config "$example" --check-config >/dev/null || fail 'kvd refuses the example as it stands'

    local everything=$scratch/everything.toml
    sed -E 's/^#([a-z][a-z-]* = )/\1/' "$example" >"$everything"
    "$build/bin/kvd" --config "$everything" --check-config >/dev/null || fail 'kvd refuses the example with every line in force'

    local flag name
    while read -r flag; do
        name=${flag%%=*}
        [[ $(grep -cE "^$name = " "$everything") == 1 ]] || fail "the example does not show $name"
        [[ $flag != *=* || $name == data-dir ]] || grep -qE "^#?$name = \"?${flag#*=}\"?$" "$example" ||
            fail "the example shows another default than kvd has: $flag"
    done < <(flags)
    [[ $(flags | wc -l) == $(grep -cE '^[a-z][a-z-]* = ' "$everything") ]] || fail 'the example shows keys that kvd --help does not'

    printf 'nmae = "n1"\n' >"$scratch/wrong.toml"
    local status=0 message
    message=$("$build/bin/kvd" --config "$scratch/wrong.toml" --check-config 2>&1) || status=$?
    ((status == 3 || status == 128)) || fail "an unknown key gives exit status $status"
    [[ $message == *nmae* && $(wc -l <<<"$message") == 1 ]] || fail "an unknown key is answered with: $message"
}

"test_$1"
