#!/usr/bin/env bash
# Fetches an old Debian's C library to link against, so that the binary runs on glibc 2.28 (RHEL 8) too.
#
#   packaging/sysroot.sh amd64|arm64
#
# The last line printed is the sysroot's path. It is fetched once and kept in
# ${SLIPWAY_SYSROOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway/sysroot}/ARCH; remove that folder to fetch it anew.
# The packages come from the first of this machine's own apt repositories that has the old release, checked against
# Debian's archive keys. SLIPWAY_SYSROOT_MIRROR=URL names another repository, for a machine that is not Debian.
# Nothing is installed, root is not needed, and the machine's own package lists are not touched.
set -euo pipefail

# Debian 11 has glibc 2.31: the newest release whose libraries still lack the symbols that moved in 2.32 to 2.34.
# What 2.29 to 2.31 brought is left to glibc-compat.c, and to the gate in publish.sh.
suite=bullseye
packages=(libc6 libc6-dev libgcc-10-dev libgcc-s1 libstdc++-10-dev linux-libc-dev)
recipe="1 $suite ${packages[*]}" # raise the number when the way of unpacking changes

say() { echo "sysroot.sh: $*" >&2; }

case ${1-} in
  amd64) triplet=x86_64-linux-gnu ;;
  arm64) triplet=aarch64-linux-gnu ;;
  -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) say "expected amd64 or arm64, not '${1-}'"; exit 64 ;;
esac
arch=$1

for tool in apt-get dpkg-deb flock; do
  command -v "$tool" >/dev/null || { say "$tool is missing: this works on Debian and its kin"; exit 1; }
done

cache=${SLIPWAY_SYSROOT_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set: set SLIPWAY_SYSROOT_CACHE}/.cache}/slipway/sysroot}
mkdir -p "$cache"
cache=$(realpath "$cache")
root=$cache/$arch

is_ready() { [ "$(cat "$root/.recipe" 2>/dev/null)" = "$recipe" ]; }

if is_ready; then
  echo "$root"
  exit 0
fi

# One fetch at a time: a second run waits here, then finds the first one's work.
exec 9>"$cache/$arch.lock"
flock 9
if is_ready; then
  echo "$root"
  exit 0
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || { say "$keyring is missing: install debian-archive-keyring"; exit 1; }

# apt's folders are under /tmp, where its unprivileged user can write; the sysroot grows beside its final place.
work=$(mktemp -d)
new=$(mktemp -d "$cache/.$arch.XXXXXX")
trap 'rm -rf "$work" "$new"' EXIT
chmod 755 "$work" "$new"

# Set up an apt of its own for the repository $1. Proxies and credentials of the machine stay in force; its hooks, its
# release preferences and its foreign architectures do not. Only for this old, no longer updated release may the index be expired.
configure() {
  rm -rf "$work/apt"
  mkdir -p "$work"/apt/{lists,cache,debs,empty}/partial
  : >"$work/apt/status"
  echo "deb [arch=$arch signed-by=$keyring check-valid-until=no target=Packages] $1 $suite main" >"$work/apt/sources.list"
  cat >"$work/apt/apt.conf" <<CONF
#clear APT::Architectures;
#clear APT::Default-Release;
#clear APT::Update;
#clear DPkg;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Update::Error-Mode "any";
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::Etc::Preferences "-";
Dir::Etc::PreferencesParts "-";
Dir::State::Lists "$work/apt/lists";
Dir::State::Status "$work/apt/status";
Dir::State::extended_states "$work/apt/extended_states";
Dir::Cache "$work/apt/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
CONF
  if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$work/apt/debs"; fi
}

fetch() (
  configure "$1"
  cd "$work/apt/debs"
  apt-get -c "$work/apt/apt.conf" -q update && apt-get -c "$work/apt/apt.conf" -q download "${packages[@]}"
) >"$work/log" 2>&1

# This machine's repositories, each followed by the place where mirrors keep releases that left the main archive.
repositories() {
  if [ -n "${SLIPWAY_SYSROOT_MIRROR-}" ]; then
    echo "$SLIPWAY_SYSROOT_MIRROR"
    return
  fi
  # shellcheck disable=SC2016 # $(REPO_URI) is for apt
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v '^cdrom:' | awk '!seen[$0]++' |
    while read -r uri; do
      echo "$uri"
      case $uri in */debian/) echo "${uri%debian/}debian-archive/debian/" ;; esac
    done
}

fetched=
tried=0
while read -r uri; do
  tried=$((tried + 1))
  if fetch "$uri"; then
    fetched=yes
    break
  fi
  [ -e "$work/said" ] || mv "$work/log" "$work/said"
done < <(repositories)
if [ -z "$fetched" ]; then
  if [ "$tried" = 0 ]; then
    say "this machine has no apt repository: set SLIPWAY_SYSROOT_MIRROR to one that has Debian $suite"
  else
    say "none of the $tried apt locations tried has Debian $suite for $arch; the first said:"
    grep -m1 '^E:' "$work/said" >&2 || tail -1 "$work/said" >&2
    say "set SLIPWAY_SYSROOT_MIRROR to a repository that has it"
  fi
  exit 1
fi

for deb in "$work"/apt/debs/*.deb; do dpkg-deb -x "$deb" "$new"; done
rm -rf "${new:?}/usr/share"

# Absolute links would lead into this machine's own libraries.
find "$new" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfn -- "$(realpath -ms --relative-to="$(dirname "$link")" "$new$(readlink "$link")")" "$link"
done

for file in "lib/$triplet/libc.so.6" "usr/lib/$triplet/crt1.o" "usr/lib/gcc/$triplet/10/crtbegin.o" usr/include/stdio.h; do
  [ -e "$new/$file" ] || { say "the fetched packages have no $file: the recipe no longer fits them"; exit 1; }
done

echo "$recipe" >"$new/.recipe"
rm -rf "$root"
mv -T "$new" "$root"
say "fetched Debian $suite's C library for $arch"
echo "$root"
