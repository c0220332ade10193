#!/bin/bash
# run.sh SCRIPT OUTDIR [FILES]: boots Xen and dom0 in QEMU, runs SCRIPT there as /in/cmd.sh with the contents of the folder FILES
# beside it, and copies /out to OUTDIR, with stdout.txt, stderr.txt, rc, xl-dmesg.txt, dom0-dmesg.txt, xen-logs/ and console.log (each
# line begins with the seconds since the start). The exit status is that of SCRIPT, or 125 if dom0 returned no results.
#
# run.sh --serve OUTDIR [FILES]: runs FILES/setup.sh in dom0 if it exists, then stays up, reachable by SSH:
#   OUTDIR/ready exists as soon as setup.sh has ended and dom0 answers
#   ssh -F OUTDIR/ssh_config dom0 xl list
#   ssh -F OUTDIR/ssh_config dom0 touch /run/rig-stop      ends it: /out is copied, and the exit status is that of setup.sh, or 0
#
# Environment: RIG, and the variables of the table in ../README.md.
set -euo pipefail
: "${RIG:?}"
parts=$(dirname "$(realpath "$0")")
if [ "$1" = --serve ]; then
  shift
  set -- "$parts/dom0/serve" "$@"
  TIMEOUT=${TIMEOUT:-7200}
  SSH_PORT=${SSH_PORT:-$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
fi
SMP=${SMP:-1} MEM=${MEM:-3072} DOM0_MEM=${DOM0_MEM:-1280M} TIMEOUT=${TIMEOUT:-1200} SSH_PORT=${SSH_PORT:-}
die() { echo "rig: $*" >&2; exit 125; }
command -v qemu-system-x86_64 >/dev/null || die "qemu-system-x86_64 is missing: run 'rig build'."
[ -r "$1" ] || die "the script $1 does not exist."
[ -z "${3:-}" ] || [ -d "$3" ] || die "$3 is not a folder: name the folder whose contents dom0 gets in /in."
script=$(realpath "$1"); mkdir -p "$2"; out=$(realpath "$2"); files=${3:+$(realpath "$3")}
# The results of an earlier run must not be mistaken for those of this one.
rm -rf "$out"/{rc,ready,keys,stdout.txt,stderr.txt,xl-dmesg.txt,dom0-dmesg.txt,xen-logs,console.log,qemu.log,ssh_config,known_hosts}

# A boot has its own links to the images, so a build can replace them at any time. The locks prevent "rig clean" during the run, and a
# build while the links are made.
work='' qemu='' watch='' keys=''
finish() {
  [ -z "$watch" ] || kill "$watch" 2>/dev/null || true
  [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$keys" ] || rm -rf "$(dirname "$keys")"
  rm -f "$out"/{ready,keys}
}
trap finish EXIT
trap 'exit 143' TERM INT HUP
exec 8>>"$RIG/boot.lock" 9>>"$RIG/build.lock"
flock -s 8
flock -s 9
work=$(mktemp -d "$RIG/boot.XXXXXX")
# Text that is written to this socket is typed on Xen's console. The path of a socket must be short.
keys=$(mktemp -d "${TMPDIR:-/tmp}/rig.XXXXXX")/keys
ln -s "$keys" "$out/keys"
ln "$RIG"/images/* "$work/" || die "the images are gone: run 'rig build'."
exec 9>&-

if [ -n "$files" ]; then tar -cf "$work/in.img" --exclude=./cmd.sh -C "$files" .; else tar -cf "$work/in.img" -T /dev/null; fi
cp "$script" "$work/cmd.sh"
tar -rf "$work/in.img" -C "$work" ./cmd.sh
truncate -s "${OUT_SIZE:-512M}" "$work/out.img"

# QEMU 7.2 emulates the CPU in software. The features that are removed here make Xen or dom0 crash: see README.md.
accel=${ACCEL:-tcg}
case $accel in
  tcg) accel=tcg,thread=multi; CPU=${CPU:-max,-smap,-rdtscp,-avx,-avx2,-f16c,-fma,-mpx,-pku,-xsave,-xsavec,-xsaveopt,-xsaves} ;;
  *) CPU=${CPU:-host} ;;
esac
xen_args="console=com1 com1=115200,8n1 dom0_mem=$DOM0_MEM,max:$DOM0_MEM dom0_max_vcpus=$SMP"
xen_args+=" loglvl=all guest_loglvl=all conring_size=2M spec-ctrl=no ${XEN_ARGS:-}"
dom0_args="console=hvc0 quiet loglevel=4 mitigations=off RIG_TIMEOUT=$TIMEOUT"
dom0_args+=" ${CMD_TIMEOUT:+RIG_CMD_TIMEOUT=$CMD_TIMEOUT} ${DOM0_ARGS:-}"
machine=(-machine pc -accel "$accel" -cpu "$CPU" -smp "$SMP" -m "$MEM" -nodefaults -no-user-config -boot menu=off
         -display none -monitor none -no-reboot
         -chardev "socket,id=com1,path=$keys,server=on,wait=off,logfile=$work/console" -serial chardev:com1
         -kernel "$work/xen" -append "$xen_args" -initrd "$work/vmlinux ${dom0_args//,/,,},$work/initrd.gz")   # a single comma separates
disk() { machine+=(-drive "if=none,id=$1,format=raw,file=$work/$1.img,cache=unsafe,snapshot=$2" -device "virtio-blk-pci,drive=$1"); }
disk root on; disk in off; disk out off   # vda, vdb, vdc
if [ -n "$SSH_PORT" ]; then   # restrict: dom0 cannot connect to any network, and is reachable by this port of 127.0.0.1 only
  machine+=(-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$SSH_PORT-:22" -device virtio-net-pci,netdev=net,romfile=)
  echo "[127.0.0.1]:$SSH_PORT $(cut -d' ' -f1,2 "$RIG/ssh/host_key.pub")" >"$out/known_hosts"
  cat >"$out/ssh_config" <<END
Host dom0
  HostName 127.0.0.1
  Port $SSH_PORT
  User root
  IdentityFile $RIG/ssh/id_test
  IdentitiesOnly yes
  UserKnownHostsFile $out/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
  KexAlgorithms curve25519-sha256
  ControlMaster auto
  ControlPath ${TMPDIR:-/tmp}/rig-ssh-%C
  ControlPersist 60
END
else
  machine+=(-nic none)
fi

start=$SECONDS
mkfifo "$work/console"
python3 "$parts/stamp.py" "$out/console.log" <"$work/console" &
stamp=$!
timeout --foreground -k 10 "$TIMEOUT" qemu-system-x86_64 "${machine[@]}" </dev/null >/dev/null 2>"$out/qemu.log" &
qemu=$!
if [ "$script" = "$parts/dom0/serve" ]; then
  (until grep -qs 'RIG serving' "$out/console.log"; do sleep 0.5; done
   touch "$out/ready"
   echo "rig: dom0 answers after $((SECONDS - start)) s: ssh -F $out/ssh_config dom0" >&2) 8>&- &
  watch=$!
fi
status=0; wait "$qemu" || status=$?
qemu=''
wait "$stamp" || true
[ "$status" != 124 ] || echo "rig: QEMU was ended after TIMEOUT=$TIMEOUT s." >&2
tar -xf "$work/out.img" -C "$out" 2>/dev/null || true
echo "rig: $((SECONDS - start)) s" >&2
[ ! -s "$out/rc" ] || exit "$(cat "$out/rc")"
tail -n 5 "$out/qemu.log" "$out/console.log" >&2 || true
die "dom0 returned no results: see $out/console.log."
