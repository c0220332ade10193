#!/bin/bash
# build-deb.sh EXECUTABLE VERSION FOLDER: makes FOLDER/xenshared_VERSION_amd64.deb.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
executable=$(realpath "${1:?}") version=${2:?} to=$(realpath -m "${3:?}")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
umask 022
chmod 755 "$root"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$executable")}
date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")

"$here/stage.sh" "$executable" "$version" "$root" usr/share/zsh/vendor-completions
mkdir -p "$root/usr/share/doc/xenshared" "$root/usr/share/lintian/overrides"
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: XenShared\n\nFiles: *\n'
  printf 'Copyright: XenShared contributors\nLicense: MIT\n'
  sed -n '3,$ { s/^$/./; s/^/ /; p }' "$here/../../../LICENSE"
} >"$root/usr/share/doc/xenshared/copyright"
{
  printf 'xenshared (%s) unstable; urgency=medium\n\n  * What changed is in the CHANGELOG of the sources.\n\n' "$version"
  printf ' -- XenShared contributors <xenshared@example.org>  %s\n' "$date"
} |
  gzip -9n >"$root/usr/share/doc/xenshared/changelog.gz"
# The runtime is linked in: it has copies of zlib and brotli of its own.
printf 'xenshared: embedded-library\n' >"$root/usr/share/lintian/overrides/xenshared"
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: xenshared
Version: $version
Architecture: amd64
Maintainer: XenShared contributors <xenshared@example.org>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: libc6 (>= 2.17)
Recommends: libxenmisc4.17 | libxenmisc4.14 | libxenmisc4.20, libxencall1, libxenforeignmemory1, libxenstore4 | libxenstore3.0
Suggests: xen-utils-common, prometheus-node-exporter
Section: admin
Priority: optional
Description: see the page that every Xen domain shares with the hypervisor
 xenshared shows the shared_info page of the domains of a Xen host, their
 vCPU records and event channels, also those of modern guests, which keep
 them in their own memory; writes captures of them; and corrects what is
 stuck, with guards. It is also what the PowerShell module XenShared runs on
 hosts that it reaches by SSH.
CONTROL
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
mkdir -p "$to"
dpkg-deb --root-owner-group -Zxz --build "$root" "$to/xenshared_${version}_amd64.deb" >/dev/null
echo "$to/xenshared_${version}_amd64.deb"
