#!/usr/bin/env bash
# Publishes the native binary, with its symbols in a .dbg file beside it, to out/RID.
#
#   packaging/publish.sh [linux-x64|linux-arm64] [--require net10.0] [--release]
#
# The last line printed is the binary's path; all else goes to stderr. The default is linux-x64.
#   --require net10.0  fail where .NET 10's native compiler cannot be restored, instead of building with .NET 9 (out of support)
#   --release          as --require net10.0, and fail where the old C library cannot be fetched, instead of linking against
#                      this machine's, which makes a binary that needs a glibc as new
# It fails on any trim or AOT warning, above 12,000,000 bytes, and, linked as it should be, on anything newer than glibc 2.28.
# On Debian, as root, the tools that it lacks are installed; the .NET SDK must be there.
# An ordinary build's bin and obj are left alone: everything in between is in out/.build.
set -euo pipefail
cd "$(dirname "$0")/.."

newest_glibc=2.28 # RHEL 8
largest=12000000

say() { echo "publish.sh: $*" >&2; }
die() { say "$*"; exit 1; }

rid=linux-x64 require='' release=''
while [ $# -gt 0 ]; do
  case $1 in
    linux-x64 | linux-arm64) rid=$1 ;;
    --require)
      require=${2-}
      [ "$require" = net10.0 ] || { say "--require knows only net10.0, not '$require'"; exit 64; }
      shift
      ;;
    --release) require=net10.0 release=yes ;;
    -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown argument: $1 (expected linux-x64, linux-arm64, --require net10.0 or --release)"; exit 64 ;;
  esac
  shift
done
case $rid in
  linux-x64) arch=amd64 machine=x86_64 ;;
  linux-arm64) arch=arm64 machine=aarch64 ;;
esac
mkdir -p out/.build
log=out/.build/$rid.log

# One publish of a RID at a time; another waits. Children that outlive this script, such as build servers, must not hold it.
exec 9>"out/.build/$rid.lock"
flock 9

# --- Tools ---------------------------------------------------------------------------------------------------------------

command -v dotnet >/dev/null || die "the .NET SDK is missing: 'dotnet' is not in PATH"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 # a bare machine has no libicu, without which dotnet aborts

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need clang clang
need ld.lld lld
need llvm-objcopy llvm
if [ "${#packages[@]}" -gt 0 ]; then
  install=(apt-get -o DPkg::Lock::Timeout=120 -qq -y --no-install-recommends install "${packages[@]}")
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "missing tools; install the packages: ${packages[*]}"
  fi
  say "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A machine that never fetched its package lists fails at first.
  "${install[@]}" >/dev/null 2>&1 || { apt-get -qq update && "${install[@]}"; } >"$log" 2>&1 ||
    { tail -5 "$log" >&2; die "cannot install ${packages[*]}"; }
fi

# --- The C library to link against -----------------------------------------------------------------------------------------

if sysroot=$(packaging/sysroot.sh "$arch" 9>&-); then
  clang=(clang "--target=$machine-linux-gnu" "--sysroot=$sysroot")
elif [ -n "$release" ]; then
  die "--release needs the old C library, which could not be fetched"
elif [ "$(uname -m)" != "$machine" ]; then
  die "a $rid binary cannot be linked here without the $arch C library, which could not be fetched"
else
  sysroot=''
  clang=(clang)
fi

# --- The framework -----------------------------------------------------------------------------------------------------------

# Restore and publish must agree on these. Not -r at restore: it would leave PublishAot off, and the compiler unrestored.
# The artifacts folder is per framework, too: what one restore wrote would mislead the other.
settings() {
  echo "-p:RuntimeIdentifier=$rid"
  echo "-p:AgentFramework=$1"
  echo "-p:ArtifactsPath=$PWD/out/.build/$rid-$1"
  echo "-p:DisableTransitiveFrameworkReferenceDownloads=true" # else ASP.NET Core's pack comes along
}
restores() {
  mapfile -t settings < <(settings "$1")
  dotnet restore agent "${settings[@]}" >"$log" 2>&1 9>&-
}
# Every package that could not be restored, in one line; or what else went wrong.
why() {
  local packs
  packs=$(grep -o 'Unable to find package [^ ]*[^ .]' "$log" | sed 's/.* //' | sort -u | paste -sd ' ' | sed 's/ /, /g')
  if [ -n "$packs" ]; then echo "not found: $packs"; else grep -m1 'error' "$log" || tail -1 "$log"; fi
}

framework=net10.0
if ! restores net10.0; then
  [ -z "$require" ] || die "net10.0's native compiler for $rid cannot be restored, and nothing else was to be used: $(why)"
  framework=net9.0
  restores net9.0 || die "no native compiler for $rid can be restored here, neither net10.0's nor net9.0's: $(why)"
  say "net10.0's native compiler cannot be restored here; building with net9.0, which is out of support: not for a release"
fi
build=out/.build/$rid-$framework

# --- Compile and link --------------------------------------------------------------------------------------------------------

# glibc-compat.c says what is wrapped, and why. (The newer versions vanish because the link drops unused sections.)
wrapped=(exp exp2 log log2 pow)
compat=$PWD/out/.build/$rid-glibc-compat.o
"${clang[@]}" -O2 -Wall -Werror -ffunction-sections -c packaging/glibc-compat.c -o "$compat" >&2 || die "cannot compile glibc-compat.c for $rid"
linker_arguments=$PWD/out/.build/$rid-linker.rsp
{
  echo "\"$compat\""
  printf -- '-Wl,--wrap=%s\n' "${wrapped[@]}"
  echo '-Wl,-soname=slipway' # else this folder's path ends up in the binary
} >"$linker_arguments"

# The same paths in every checkout's binary. What was linked before goes, and what was compiled with other substitutions:
# MSBuild would not see that the arguments changed.
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
rm -rf "${build:?}/bin" "$build/publish"
native=$build/obj/Agent/release_$rid/native
[ ! agent/Substitutions.xml -nt "$native" ] || rm -rf "$native"
say "compiling for $rid with $framework (about a minute)"
if ! dotnet publish agent -c Release --no-restore "${settings[@]}" -p:SourceRevisionId="$commit" -p:PathMap="$PWD=/_" \
  -p:SysRoot="$sysroot" -p:LinkerFlavor=lld -p:CppCompilerAndLinker=clang -p:ObjCopyName=llvm-objcopy \
  -p:LinkerResponseFile="$linker_arguments" -o "$build/publish" >"$log" 2>&1 9>&-; then
  grep -E 'error|warning' "$log" | sort -u | head -20 >&2 || tail -20 "$log" >&2
  exit 1
fi

# --- Gates -------------------------------------------------------------------------------------------------------------------

binary=$build/publish/slipway
if grep -E 'warning (IL|AOT)[0-9]+' "$log" >&2; then
  rm -rf "$build" # or the next run would find it compiled, and have nothing to warn about
  die "trim or AOT warnings are errors here"
fi

size=$(stat -c %s "$binary")
[ "$size" -le "$largest" ] || die "the binary has $size bytes; at most $largest are promised"

# 'x.y name' of every symbol that the C library must bring, newest last.
wanted=$(llvm-readelf --dyn-syms -W "$binary" | sed -nE 's/.* ([^ @]+)@+GLIBC_([^ ]+).*/\2 \1/p' | sort -uV)
needed=$(tail -1 <<<"$wanted")
needed=${needed%% *}
[ -n "$needed" ] || die "cannot tell which glibc the binary needs"
if [ -n "$sysroot" ]; then
  too_new=$(awk -v newest="$newest_glibc" '
    BEGIN { split(newest, most, ".") }
    { split($1, is, "."); if (is[1] != most[1] || is[2] > most[2] + 0) printf " %s@GLIBC_%s", $2, $1 }' <<<"$wanted")
  [ -z "$too_new" ] || die "needs a glibc newer than $newest_glibc (see packaging/glibc-compat.c):$too_new"
else
  say "linked against this machine's own C library: the binary needs glibc $needed or newer, so not for RHEL 8; not for a release"
fi

out=out/$rid
rm -rf "$out"
mv "$build/publish" "$out"
say "$out/slipway: $size bytes, needs glibc $needed"
realpath "$out/slipway"
