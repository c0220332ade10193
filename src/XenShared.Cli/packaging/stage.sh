#!/bin/bash
# stage.sh EXECUTABLE VERSION ROOT ZSH: puts the files that every package contains below ROOT. ZSH: the folder of completions for zsh,
# which differs between distributions.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
executable=${1:?} version=${2:?} root=${3:?} zsh=${4:?}
umask 022

install -D -m 755 "$executable" "$root/usr/bin/xenshared"
install -D -m 644 "$here/xenshared.bash" "$root/usr/share/bash-completion/completions/xenshared"
install -D -m 644 "$here/xenshared.zsh" "$root/$zsh/_xenshared"
install -D -m 644 "$here/xenshared.fish" "$root/usr/share/fish/vendor_completions.d/xenshared.fish"
for unit in xenshared-metrics.service xenshared-metrics.timer; do
  install -D -m 644 "$here/monitoring/$unit" "$root/usr/lib/systemd/system/$unit"
done
for file in xenshared.rules.yml xenshared-dashboard.json; do
  install -D -m 644 "$here/monitoring/$file" "$root/usr/share/xenshared/$file"
done
mkdir -p "$root/usr/share/man/man1"
sed "s/@VERSION@/$version/" "$here/xenshared.1" | gzip -9n >"$root/usr/share/man/man1/xenshared.1.gz"
