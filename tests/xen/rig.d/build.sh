#!/bin/bash
# build.sh: makes $RIG/images, which run.sh boots, from the results of fetch.sh:
#   xen   vmlinux   initrd.gz (dom0's first root)   root.img (dom0's root disk, with the kernels and configurations of the guests)
# They are made in another folder, which is renamed at the end. A running QEMU keeps its open files.
set -euo pipefail
: "${RIG:?}"
parts=$(dirname "$(realpath "$0")")
packages=$RIG/packages new=$RIG/images.new work=$RIG/work
kernel=$(basename "$packages"/lib/modules/*-amd64)
modules=$packages/lib/modules/$kernel
rm -rf "$new" "$work"
mkdir -p "$new" "$work"

with_needs() {   # with_needs MODULE...: prints the files of the modules and their dependencies, in load order
  local m
  for m; do modprobe -d "$packages" -S "$kernel" --show-depends "$m" 2>/dev/null | awk '$1 == "insmod" {print $2}'; done | awk '!seen[$0]++'
}
plain() {   # plain MODULEFILE: prints its uncompressed bytes
  case $1 in *.xz) xz -dc "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;; esac
}
initramfs() {   # initramfs INIT OUTPUT MODULE...: packs busybox, INIT and the modules, numbered in load order
  local init=$1 output=$2 dir=$work/initramfs n=10 f m; shift 2
  rm -rf "$dir"
  mkdir -p "$dir/bin" "$dir/modules"
  cp "$packages/bin/busybox" "$dir/bin/"
  install -m 755 "$init" "$dir/init"
  [ ! -d "$work/programs" ] || cp "$work"/programs/* "$dir/bin/"
  for f in $(with_needs "$@"); do
    m=$(basename "$f") n=$((n + 1))
    plain "$f" >"$dir/modules/$n-${m%.ko*}.ko"
  done
  (cd "$dir" && find . | cpio -o -H newc --quiet | gzip -1) >"$output"
}

# The unzipped hypervisor of Debian is an ELF32 multiboot image, which QEMU boots without a boot loader.
zcat "$packages"/boot/xen-*-amd64.gz >"$new/xen"
python3 "$parts/extract-vmlinux.py" "$packages/boot/vmlinuz-$kernel" "$new/vmlinux"
initramfs "$parts/dom0/initramfs-init" "$new/initrd.gz" virtio_pci virtio_blk crc32c_generic ext4

# dom0's root disk: the fetched root, the modules that Xen needs, the scripts, the guests, the keys
root=$work/root
cp -a "$RIG/rootfs" "$root"
own=$root/opt/rig to=$root/lib/modules/$kernel
mkdir -p "$own/bin" "$own/guests" "$to"
install -m 755 "$parts/dom0/init" "$own/init"
install -m 755 "$parts"/dom0/{start-guests,guest-echo,serve} "$own/bin/"
cp "$modules"/modules.{builtin,order,builtin.modinfo} "$to/"
for f in $(with_needs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xenfs xen-blkback xen-netback loop bridge tun virtio_net); do
  ko=$to/${f#"$modules"/}
  ko=${ko%.ko*}.ko
  mkdir -p "$(dirname "$ko")"
  plain "$f" >"$ko"
done
depmod -b "$root" "$kernel"
cp "$parts"/guests/*.cfg "$packages"/usr/lib/grub-xen/grub-x86_64-xen.bin "$new/vmlinux" "$own/guests/"
cp "$packages/boot/vmlinuz-$kernel" "$own/guests/vmlinuz"   # HVM guests boot a bzImage
# Programs for guests are static, because the C library of an older suite does not fit the gcc of this machine.
mkdir "$work/programs"
for source in "$parts"/domu/*.c; do gcc -O2 -static -o "$work/programs/$(basename "$source" .c)" "$source"; done
initramfs "$parts/domu/init" "$own/guests/domu-initrd.gz" xen-blkfront xen-netfront xen-evtchn

# SSH: dom0's host key and the login key. They are made once, and kept when the images are made again.
ssh=$RIG/ssh
mkdir -p "$ssh" "$root/root/.ssh"
chmod 700 "$ssh" "$root/root" "$root/root/.ssh"
for key in host_key id_test; do
  [ -s "$ssh/$key.pub" ] || { rm -f "$ssh/$key"; ssh-keygen -q -t ed25519 -N '' -C "rig-$key" -f "$ssh/$key"; }
done
rm -f "$root"/etc/ssh/ssh_host_*
install -m 600 "$ssh/host_key" "$root/etc/ssh/rig_host_key"
install -m 600 "$ssh/id_test.pub" "$root/root/.ssh/authorized_keys"
install -m 644 "$parts/dom0/sshd_config" "$root/etc/ssh/rig_sshd_config"

truncate -s 4G "$new/root.img"   # sparse: only used blocks need space
mkfs.ext4 -q -F -O ^has_journal,^metadata_csum -E lazy_itable_init=1 -d "$root" "$new/root.img"
rm -rf "$work" "$RIG/images"
mv "$new" "$RIG/images"
