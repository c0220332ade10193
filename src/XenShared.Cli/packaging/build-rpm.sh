#!/bin/bash
# build-rpm.sh EXECUTABLE VERSION FOLDER: makes FOLDER/xenshared-VERSION-1.x86_64.rpm, with the content of the Debian package. Its payload
# is compressed with xz, because the rpm of XenServer 8 and XCP-ng 8 does not know zstd.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
executable=$(realpath "${1:?}") version=${2:?} to=$(realpath -m "${3:?}")
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
umask 022
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$executable")}

cat >"$top/xenshared.spec" <<SPEC
Name: xenshared
Version: $version
Release: 1
Summary: See the page that every Xen domain shares with the hypervisor
License: MIT
Group: System Environment/Base
Packager: XenShared contributors <xenshared@example.org>

%description
xenshared shows the shared_info page of the domains of a Xen host, their
vCPU records and event channels, also those of modern guests, which keep
them in their own memory; writes captures of them; and corrects what is
stuck, with guards. It is also what the PowerShell module XenShared runs on
hosts that it reaches by SSH.

%install
$here/stage.sh $executable $version %{buildroot} usr/share/zsh/site-functions
install -D -m 644 $here/../../../LICENSE %{buildroot}/usr/share/licenses/xenshared/LICENSE

%preun -p <lua>
if tonumber(arg[2]) == 0 and posix.access("/run/systemd/system", "r") then
  os.execute("systemctl --no-reload disable --now xenshared-metrics.timer >/dev/null 2>&1")
end

%files
/usr/bin/xenshared
/usr/lib/systemd/system/xenshared-metrics.service
/usr/lib/systemd/system/xenshared-metrics.timer
/usr/share/bash-completion/completions/xenshared
/usr/share/fish/vendor_completions.d/xenshared.fish
%dir /usr/share/licenses/xenshared
%license /usr/share/licenses/xenshared/LICENSE
/usr/share/man/man1/xenshared.1.gz
%dir /usr/share/xenshared
/usr/share/xenshared/xenshared-dashboard.json
/usr/share/xenshared/xenshared.rules.yml
/usr/share/zsh/site-functions/_xenshared

%changelog
* $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y') XenShared contributors <xenshared@example.org> - $version-1
- What changed is in the CHANGELOG of the sources.
SPEC
# The executable is stripped already, and rpm's own steps would compress or change files.
rpmbuild --quiet -bb --target x86_64 \
  --define "_topdir $top" --define "_dbpath $top/db" --define "_tmppath $top" \
  --define '_build_id_links none' --define '_buildhost localhost' \
  --define 'debug_package %{nil}' --define '__os_install_post %{nil}' --define '_binary_payload w9.xzdio' \
  --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
  "$top/xenshared.spec" >&2
mkdir -p "$to"
cp "$top/RPMS/x86_64/xenshared-$version-1.x86_64.rpm" "$to"
echo "$to/xenshared-$version-1.x86_64.rpm"
