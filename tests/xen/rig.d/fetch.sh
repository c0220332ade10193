#!/bin/bash
# fetch.sh: makes these folders from the packages of a Debian suite. It writes only below $RIG:
#   packages/   hypervisor, kernel, PV GRUB and busybox, unpacked and not installed
#   sdk/        headers and libraries for cc.sh
#   rootfs/     dom0's root, to which build.sh adds the files of the test bed
# They are made in $RIG/new and moved at the end, so an interrupted run leaves no incomplete folder.
# Environment: RIG, SUITE; EXTRA_PKGS: more packages for dom0; MIRROR, SECURITY_MIRROR: package servers, by default those of this machine.
set -euo pipefail
: "${RIG:?}" "${SUITE:?}"
new=$RIG/new root=$RIG/new/rootfs
rm -rf "$new"
mkdir -p "$new"/{debs,apt/lists/partial,apt/cache/archives/partial}

# The package sources are the servers in this machine's apt configuration, with the name of the suite.
site() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v r="$1" '$2 == r && $3 == "main" && !n++ {print $1}'
}
. /etc/os-release
if [ "$ID" = debian ]; then
  MIRROR=${MIRROR:-$(site "$VERSION_CODENAME")}
  SECURITY_MIRROR=${SECURITY_MIRROR:-$(site "$VERSION_CODENAME-security")}
fi
[ -n "${MIRROR:-}" ] || { echo "No Debian package server is configured on this machine: set MIRROR (and SECURITY_MIRROR)."; exit 1; }
{
  signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  echo "deb $signed $MIRROR $SUITE main"
  [ -z "${SECURITY_MIRROR:-}" ] || echo "deb $signed $SECURITY_MIRROR $SUITE-security main"
} >"$new/apt/sources.list"

# apt uses the lists of the suite, and no state of this machine.
apt=(-q -o Dir::Etc::sourcelist="$new/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::Lists="$new/apt/lists"
     -o Dir::State::status=/dev/null -o Dir::Cache="$new/apt/cache" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update
depends() { apt-cache "${apt[@]}" depends "$1" | awk '$1 == "Depends:" && $2 !~ /</ {print $2}'; }
kernel=$(depends linux-image-amd64 | grep -m1 '^linux-image-[0-9]')
xen=$(depends xen-system-amd64 | sed -n 's/^xen-hypervisor-\([0-9.]*\)-amd64$/\1/p')   # 4.17
[ -n "$xen" ] || { echo "The suite $SUITE has no package xen-hypervisor: see $MIRROR."; exit 1; }

unpack() {   # unpack FOLDER PACKAGE...
  local to=$1 d; shift
  for d in bin sbin lib lib64; do mkdir -p "$to/usr/$d"; ln -s "usr/$d" "$to/$d"; done   # packages of some suites use /lib, others /usr/lib
  mkdir "$to/debs"
  (cd "$to/debs" && apt-get "${apt[@]}" download "$@")
  for d in "$to"/debs/*.deb; do dpkg -x "$d" "$to"; done
  rm -rf "$to/debs"
}
unpack "$new/packages" "xen-hypervisor-$xen-amd64" grub-xen-host busybox-static "$kernel"
depmod -b "$new/packages" "${kernel#linux-image-}"
mapfile -t libs < <(depends libxen-dev)
unpack "$new/sdk" libxen-dev "${libs[@]}" libc6 libc6-dev linux-libc-dev
# Absolute links would lead out of the folder.
find "$new/sdk" -type l -lname '/*' | while read -r l; do ln -sfnr "$new/sdk$(readlink "$l")" "$l"; done

script=/usr/share/debootstrap/scripts/$SUITE
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid   # an older debootstrap does not know newer suites
debootstrap --variant=minbase "$SUITE" "$root" "$MIRROR" "$script"
rm -rf "$root"/etc/apt/sources.list.d/*
cp "$new/apt/sources.list" "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"   # no service starts in the chroot
chmod +x "$root/usr/sbin/policy-rc.d"
mount -t proc proc "$root/proc"   # this script has its own mount namespace
chroot "$root" apt-get update -q
named() { chroot "$root" apt-cache search -n "$1" | awk '{print $1}' | sort -V | tail -n 1; }
icu=$(named '^libicu[0-9]+$')        # .NET programs and PowerShell need it
hvm=$(named '^qemu-system-xen$')     # the device model of HVM guests, in suites that have a package for it
# shellcheck disable=SC2086 # several packages each
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -q --no-install-recommends $icu $hvm ${EXTRA_PKGS:-} \
  "xen-utils-$xen" xenstore-utils kmod iproute2 bridge-utils procps strace gdb xxd openssh-server
umount "$root/proc"
rm -rf "$root"/usr/share/{doc,man,locale,info,iso-codes,xml}
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb

for d in packages sdk rootfs; do
  rm -rf "${RIG:?}/$d"
  mv "$new/$d" "$RIG/$d"
done
rm -rf "$new"
