# shellcheck shell=bash
# Sourced by scripts that unpack packages of one Debian suite and install nothing. Needs suite, and the folder new for temporary files.
# Sets mirror, the address of the package server, and apt, the options of apt-get and apt-cache with that suite's lists and none of this
# machine's state. The lists and packages are checked by the Debian keyring. Returns 1 if no server is known.
mkdir -p "$new"/{root,debs,apt/lists/partial,apt/cache/archives/partial}
. /etc/os-release
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v r="${VERSION_CODENAME:-}" '$2 == r && $3 == "main" && !n++ {print $1}')}
[ -n "$mirror" ] || return 1
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$new/apt/sources.list"
apt=(-q -o Dir::Etc::sourcelist="$new/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::Lists="$new/apt/lists"
     -o Dir::State::status=/dev/null -o Dir::Cache="$new/apt/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none
     -o APT::Update::Error-Mode=any)
