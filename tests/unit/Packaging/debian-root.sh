#!/bin/bash
# debian-root.sh SUITE: makes a small Debian in which dpkg works, and prints its folder. It contains the C library, dpkg, and the programs
# that dpkg needs. Their packages come from this machine's own Debian server and are checked by its keyring. They are unpacked and
# registered, but their scripts do not run, so this takes seconds. The folder is kept for later runs. Exit status 75: there is no server.
set -euo pipefail
suite=${1:?} folder=${XDG_CACHE_HOME:-$HOME/.cache}/xenshared/debian-$suite
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
# A change of this script makes the folder again.
stamp=$(sha256sum "$0" | cut -c 1-16)
[ "$(cat "$folder/complete" 2>/dev/null)" != "$stamp" ] || { echo "$folder"; exit 0; }
unavailable() { echo "debian-root.sh: $*" >&2; exit 75; }
new=$folder.new
rm -rf "$new" "$folder"
shared=$(dirname "$(realpath "$0")")/../../../src/XenShared.Cli/packaging/debian-suite.sh
. "$shared" || unavailable "no Debian package server is known here: set MIRROR"
apt-get "${apt[@]}" update >&2 || unavailable "$mirror has no lists of $suite"
mapfile -t packages < <(apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances base-files dpkg dash coreutils diffutils libc-bin sed | grep '^[a-z]' | sort -u |
  grep -vE '^(gawk|original-awk|libmpfr6|libsigsegv2|libreadline8.*|readline-common|libtinfo6)$')   # mawk is enough
(cd "$new/debs" && apt-get "${apt[@]}" download "${packages[@]}" >&2) || unavailable "$mirror does not send the packages of $suite"

root=$new/root
for directory in bin sbin lib lib64; do mkdir -p "$root/usr/$directory"; ln -s "usr/$directory" "$root/$directory"; done
mkdir -p "$root"/var/lib/dpkg/{info,updates} "$root/proc"
for package in "$new"/debs/*.deb; do
  read -r name architecture multi < <(dpkg-deb --show --showformat '${Package} ${Architecture} ${Multi-Arch}\n' "$package")
  [ "$multi" != same ] || name=$name:$architecture
  dpkg-deb --vextract "$package" "$root" | sed 's|^\./|/|; s|/$||; s|^$|/.|' >"$root/var/lib/dpkg/info/$name.list"
  { dpkg-deb --field "$package" | sed '/^Package:/a Status: install ok installed' && echo; } >>"$root/var/lib/dpkg/status"
done
ln -sf dash "$root/bin/sh"
rm -rf "$root"/usr/share/{doc,man,locale,info}
echo "$stamp" >"$root/complete"
mv "$root" "$folder"
rm -rf "$new"
echo "$folder"
