#!/bin/bash
# cc.sh ARGS...: runs gcc with the headers, libraries and C library of the suite, for programs that run in its dom0:
#   rig cc -O2 -o probe probe.c -lxenctrl
sdk=${RIG:?}/sdk
exec gcc --sysroot="$sdk" -B"$sdk/usr/lib/x86_64-linux-gnu" "$@"   # without -B, gcc uses the crt1.o of this machine
