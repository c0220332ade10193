#!/bin/bash
# The linker of the native executable: gcc, with the libraries and start files of the oldest supported Debian. SYSROOT: their folder.
# Without -B, gcc would use this machine's crt1.o.
exec gcc --sysroot="${SYSROOT:?}" -B"$SYSROOT/usr/lib/x86_64-linux-gnu" -L"$SYSROOT/usr/lib/x86_64-linux-gnu" "$@"
