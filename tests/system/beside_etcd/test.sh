#!/usr/bin/env bash
# The comparison with etcd 3.4: this machine's, or else Debian's, unpacked into the build folder. It is not installed,
# since Debian's etcd is a service that would run from then on.
#   test.sh BUILD_DIR
# Exits 77 when there is no etcd to compare with.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
# shellcheck source=tools/lib.sh
source "$here/../../../tools/lib.sh"

is_3_4() { [[ $(ETCDCTL_API=3 "$1" version 2>/dev/null) == 'etcdctl version: 3.4.'* ]]; }

skip() {
    echo "skipped: $*"
    exit 77
}

bin=/usr/bin
if ! is_3_4 $bin/etcdctl || [[ ! -x $bin/etcd ]]; then
    bin=$build/etcd/usr/bin
    is_3_4 "$bin/etcdctl" || unpack_packages "$build/etcd" "${packages_to_compare[@]}" ||
        skip "there is no etcd 3.4, and apt-get cannot download ${packages_to_compare[*]}"
    is_3_4 "$bin/etcdctl" || skip 'the etcd of this system is not 3.4'
fi
exec "$build/bin/beside_etcd_test" --etcd "$bin/etcd" --etcdctl "$bin/etcdctl" \
    --commands "$here/commands.txt" --differences "$here/differences.txt"
