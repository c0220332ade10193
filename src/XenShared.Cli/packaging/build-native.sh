#!/bin/bash
# build-native.sh FOLDER: makes FOLDER/xenshared, one executable that needs no .NET, and the C library 2.17 or later: native, or a trimmed
# single file if the native compiler or a linker is missing. The last line of its output names the kind. FOLDER/project.assets.json lists
# the packages that were used.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
to=$(realpath -m "${1:?}")
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
newest=2.17   # the C library of XenServer 8 and XCP-ng 8

native() {
  command -v gcc >/dev/null || { echo "gcc is missing" >&2; return 1; }
  SYSROOT=${SYSROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/xenshared/sysroot-bullseye}
  export SYSROOT
  "$here/sysroot.sh" "$SYSROOT" || { echo "the C library of Debian 11 cannot be had" >&2; return 1; }
  dotnet publish "$here/.." -c Release -r linux-x64 -o "$made" --artifacts-path "$made/artifacts" -nologo -v quiet \
    -p:PublishAot=true -p:CppCompilerAndLinker=gcc -p:CppLinker="$here/link.sh" -p:LinkerFlavor=bfd >&2
}

mkdir -p "$to"
if native; then
  kind=native
else
  echo "build-native.sh: no native executable can be made here (see above); a trimmed single file takes its place," \
    "which is larger and starts more slowly." >&2
  kind=trimmed
  dotnet publish "$here/.." -c Release -r linux-x64 -o "$made" --artifacts-path "$made/artifacts" -nologo -v quiet \
    --self-contained -p:PublishSingleFile=true -p:PublishTrimmed=true -p:EnableCompressionInSingleFile=true >&2
fi
needs=$(objdump -T "$made/XenShared.Cli" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
if [ "$kind" = native ] && [ "$(printf '%s\n' "${needs#GLIBC_}" "$newest" | sort -V | tail -n 1)" != "$newest" ]; then
  echo "build-native.sh: the executable needs $needs, and may need GLIBC_$newest at most: see glibc.c." >&2
  exit 1
fi
install -m 755 "$made/XenShared.Cli" "$to/xenshared"
install -m 644 "$made/artifacts/obj/XenShared.Cli/project.assets.json" "$to"
echo "$kind, $(stat -c %s "$to/xenshared") bytes, needs $needs"
