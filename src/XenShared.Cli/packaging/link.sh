#!/bin/bash
# The linker of the native executable: gcc, with the libraries and start files of the oldest Debian that it shall run on. SYSROOT: their folder.
exec gcc --sysroot="${SYSROOT:?}" -B"$SYSROOT/usr/lib/x86_64-linux-gnu" -L"$SYSROOT/usr/lib/x86_64-linux-gnu" "$@"   # -B: else gcc takes this machine's crt1.o
