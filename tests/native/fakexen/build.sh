#!/bin/sh
# Builds the fake Xen libraries: build.sh <directory> <minor>...   one directory 4.<minor> each, for LD_LIBRARY_PATH.
# With FAKEXEN_WITHOUT=<function> the libxenctrl built lacks that function.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift

compile() { # <soname> <file> <arguments>...
    soname=$1 file=$2
    shift 2
    # shellcheck disable=SC2016
    ${CC:-gcc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -fPIC -shared -I"$source" -Wl,-soname,"$soname" -Wl,-rpath,'$ORIGIN' \
        -o "$file.$$" "$@"
    mv "$file.$$" "$file"
}

common=$out/common
mkdir -p "$common"
compile libfakexen.so "$common/libfakexen.so" "$source/host.c" "$source/parse.c" "$source/memory.c" "$source/faults.c" \
    "$source/handles.c" "$source/console.c" "$source/hypervisor.c" "$source/control.c" -pthread
for library in xentoollog xencall xenforeignmemory; do
    compile "lib$library.so.1" "$common/lib$library.so.1" "$source/$library.c" "$common/libfakexen.so"
done

for minor in "$@"; do
    to=$out/4.$minor
    mkdir -p "$to"
    cp "$common"/lib*.so* "$to"
    if [ "$minor" -lt 16 ]; then store=libxenstore.so.3.0; else store=libxenstore.so.4; fi
    # An empty file ends the loader's search for its name: else it would go on and find a real library of this machine.
    : >"$to/libxenstore.so.4"
    : >"$to/libxenstore.so.3.0"
    : >"$to/libxenctrl.so"
    other=8
    while [ "$other" -le 24 ]; do
        : >"$to/libxenctrl.so.4.$other"
        other=$((other + 1))
    done
    compile "$store" "$to/$store" "$source/xenstore.c" "$common/libfakexen.so"
    hidden=
    if [ -n "${FAKEXEN_WITHOUT:-}" ]; then
        printf '{ local: %s; };\n' "$FAKEXEN_WITHOUT" >"$to/hidden.map"
        hidden=-Wl,--version-script,$to/hidden.map
    fi
    # shellcheck disable=SC2086
    compile "libxenctrl.so.4.$minor" "$to/libxenctrl.so.4.$minor" -DFAKEXEN_MINOR="$minor" \
        "$source/xenctrl.c" "$source/xenctrl_memory.c" "$common/libfakexen.so" $hidden
done
