#!/usr/bin/env bash
# Publishes the native binary: packaging/publish.sh [linux-x64|linux-arm64] [--require net10.0]
# The last line printed is the binary's path. Any trim or AOT warning fails it.
set -euo pipefail
cd "$(dirname "$0")/.."

rid=linux-x64 require=
while [ $# -gt 0 ]; do
  case $1 in
    linux-x64 | linux-arm64) rid=$1 ;;
    --require) require=${2:?--require needs a framework, such as net10.0}; shift ;;
    -h | --help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
    *) echo "publish.sh: unknown argument: $1 (expected linux-x64, linux-arm64 or --require net10.0)" >&2; exit 64 ;;
  esac
  shift
done

say() { echo "$*" >&2; }
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Whether a framework's native compiler can be restored here.
restores() { dotnet restore agent -p:RuntimeIdentifier="$rid" -p:AgentFramework="$1" >"$log" 2>&1; }

framework=net10.0
if ! restores net10.0; then
  if [ "$require" = net10.0 ]; then
    say "publish.sh: net10.0's NativeAOT pack for $rid cannot be restored, and --require net10.0 refuses anything else:"
    grep -m3 'error' "$log" >&2
    exit 1
  fi
  framework=net9.0
  say "publish.sh: net10.0's NativeAOT pack cannot be restored here; building with net9.0, which is out of support: not for a release."
  if ! restores net9.0; then
    say "publish.sh: net9.0 cannot be restored for $rid either:"
    grep -m3 'error' "$log" >&2
    exit 1
  fi
fi

options=()
if [ "$rid" = linux-arm64 ] && [ "$(uname -m)" != aarch64 ]; then
  sysroot=$(packaging/sysroot.sh arm64)
  options+=(-p:SysRoot="$sysroot" -p:LinkerFlavor=lld -p:CppCompilerAndLinker=clang -p:ObjCopyName=llvm-objcopy)
fi

# A symbol file of its own keeps the binary small; crashes can still be read with it.
out=out/$rid
rm -rf "$out"
say "publish.sh: compiling for $rid with $framework (about a minute)"
if ! dotnet publish agent -c Release -r "$rid" --no-restore -p:AgentFramework="$framework" -p:SourceRevisionId="$commit" \
  "${options[@]}" -o "$out" >"$log" 2>&1; then
  grep -E 'error|warning' "$log" | sort -u | head -20 >&2
  exit 1
fi
if grep -E 'warning (IL|AOT)[0-9]+' "$log" >&2; then
  say "publish.sh: trim or AOT warnings are errors here"
  exit 1
fi
size=$(stat -c %s "$out/slipway")
if [ "$size" -gt $((12 * 1024 * 1024)) ]; then
  say "publish.sh: the binary has $size bytes; at most 12 MB are promised"
  exit 1
fi
say "publish.sh: $((size / 1024)) KiB"
realpath "$out/slipway"
