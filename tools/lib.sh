# What the scripts of this folder share; source it. Sets `root`, the top of the source tree, and goes there.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' plain=''
fi

# --- saying what goes on ------------------------------------------------------------------------------------------

steps_in_all=0
steps_begun=0

# plan N: there will be N steps.
plan() { steps_in_all=$1; }

# step TEXT: the next step begins.
step() {
    steps_begun=$((steps_begun + 1))
    printf '\n%s[%d/%d] %s%s %s(%d:%02d)%s\n' "$bold" "$steps_begun" "$steps_in_all" "$1" "$plain" \
        "$dim" $((SECONDS / 60)) $((SECONDS % 60)) "$plain"
}

die() {
    printf '%s%s: %s%s\n' "$red" "${0##*/}" "$1" "$plain" >&2
    exit 1
}

# --- what a bare Debian 12 lacks ----------------------------------------------------------------------------------

packages_to_build=(
    build-essential cmake ninja-build ccache pkg-config
    libzmq3-dev libmsgpack-cxx-dev librocksdb-dev libcli11-dev libspdlog-dev libfmt-dev
    libtomlplusplus-dev libabsl-dev robin-map-dev libxxhash-dev libsystemd-dev libcpp-httplib-dev
    nlohmann-json3-dev libedit-dev
)
packages_to_test=("${packages_to_build[@]}" libgtest-dev libgmock-dev
                  python3 python3-zmq python3-msgpack)
packages_to_check=("${packages_to_test[@]}" clang-format)
packages_to_compare=(etcd-server etcd-client) # by one test, which does without when it must

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }

# install_packages NAME...: nothing happens, and no network is needed, when they are all there.
install_packages() {
    command -v dpkg-query apt-get >/dev/null ||
        die "this is no Debian; install the counterparts of these packages and build with cmake: $*"
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "packages are missing; as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}"
    # The package lists may be absent or too old to be of use.
    apt_get install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
        apt_get update
        apt_get install -y --no-install-recommends "${missing[@]}" >/dev/null
    } || die "apt-get cannot install ${missing[*]}"
}

# unpack_packages DIR NAME...: their files into a directory. Nothing is installed, and it need not be root; fails when
# they cannot be had.
unpack_packages() {
    local dir=$1 package lists=()
    shift
    mkdir -p "$dir/lists/partial"
    (
        cd "$dir" && rm -f ./*.deb
        apt-get -qq download "$@" || {
            lists=(-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=")
            apt-get -qq "${lists[@]}" update && apt-get -qq "${lists[@]}" download "$@"
        }
    ) >/dev/null 2>&1 || return 1
    for package in "$dir"/*.deb; do
        dpkg-deb -x "$package" "$dir" || return 1
    done
}

# --- the build ----------------------------------------------------------------------------------------------------

# configure PRESET OPTION...: quietly, unless it fails.
configure() {
    local output
    output=$(cmake --preset "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        die "cmake cannot configure the preset $1"
    }
}

# build PRESET TARGET...
build() {
    local preset=$1
    shift
    cmake --build --preset "$preset" -j "$(nproc)" --target "$@"
}
