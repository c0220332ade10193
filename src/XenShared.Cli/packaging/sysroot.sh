#!/bin/bash
# sysroot.sh FOLDER: makes FOLDER the C library of Debian 11 with what is needed to link against it. An executable that is linked against a
# newer one does not start there. The packages come from this machine's own Debian server, are checked by its keyring, and are unpacked,
# never installed.
set -euo pipefail
folder=$(realpath -m "${1:?}") suite=bullseye
[ ! -e "$folder/complete" ] || exit 0
new=$folder.new
rm -rf "$new" "$folder"
. "$(dirname "$(realpath "$0")")/debian-suite.sh" || { echo "No Debian package server is known here: set MIRROR." >&2; exit 1; }
apt-get "${apt[@]}" update >&2
(cd "$new/debs" && apt-get "${apt[@]}" download libc6 libc6-dev linux-libc-dev >&2)
for directory in bin sbin lib lib64; do mkdir -p "$new/root/usr/$directory"; ln -s "usr/$directory" "$new/root/$directory"; done
for package in "$new"/debs/*.deb; do dpkg -x "$package" "$new/root"; done
# Absolute links must stay inside.
find "$new/root" -type l -lname '/*' | while read -r link; do ln -sfnr "$new/root$(readlink "$link")" "$link"; done
touch "$new/root/complete"
mv "$new/root" "$folder"
rm -rf "$new"
