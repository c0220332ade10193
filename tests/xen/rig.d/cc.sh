#!/bin/bash
# cc.sh ARGS...: gcc with the suite's own headers, libraries and C library, for programs that run in its dom0:
#   rig cc -O2 -o probe probe.c -lxenctrl
sdk=${RIG:?}/sdk
exec gcc --sysroot="$sdk" -B"$sdk/usr/lib/x86_64-linux-gnu" "$@"   # -B: else gcc takes this machine's crt1.o
