#!/bin/bash
# The linker of the native executable: gcc, with the libraries and start files of the oldest supported Debian. SYSROOT: their folder.
# Without -B, gcc would use this machine's crt1.o. glibc.c lets the executable start on control domains with an older C library.
here=$(dirname "$(realpath "$0")")
exec gcc --sysroot="${SYSROOT:?}" -B"$SYSROOT/usr/lib/x86_64-linux-gnu" -L"$SYSROOT/usr/lib/x86_64-linux-gnu" "$here/glibc.c" "$@" \
  -Wl,--wrap=log -Wl,--wrap=pow
