#!/bin/sh
# Stand-in for dnf, yum and tdnf, by the name it is called under, in a tree that has nothing but a shell. What it has to offer is /var/lib/test-repo:
# NAME has "VERSION-RELEASE"; STALE hides it until --refresh; FAIL is what it says instead, with exit code 1. Strict: unknown options are refused.
program=${0##*/}
refuse() { echo "$program stand-in: $*: unknown option" >&2; exit 64; }
printf "%s\n" "$program $*" >> /var/log/calls
[ "$1" = -y ] || refuse "$1"; shift
if [ "$program" != tdnf ]; then [ "$1" = --setopt=install_weak_deps=False ] || refuse "$1"; shift; fi
fresh=; [ "$1" != --refresh ] || { fresh=1; shift; }
case $program:$1:$2:$# in
  tdnf:list:available:3 | dnf:list:--available:3 | yum:list:--available:3) list=1; shift ;;
  *:install:*:2) list= ;;
  *) refuse "$*" ;;
esac
repo=/var/lib/test-repo
if [ -e $repo/FAIL ]; then
  while read -r line; do echo "$line" >&2; done < $repo/FAIL
  exit 1
fi
for offer in "$repo"/*; do
  name=${offer##*/}
  case $name in STALE | FAIL) continue ;; esac
  read -r version < "$offer"
  if { [ "$2" = "$name" ] || [ "$2" = "$name-${version%-*}" ]; } && { [ -n "$fresh" ] || [ ! -e $repo/STALE ]; }; then
    if [ -n "$list" ]; then
      # tdnf lists all versions; dnf and yum the newest, and break lines that are long.
      case $program in
        tdnf) printf '%s.x86_64\t%s\tbase\n%s.x86_64\t0.9-1\tbase\n' "$name" "$version" "$name" ;;
        *) printf 'Available Packages\n%s.x86_64\n                     %s    base\n' "$name" "$version" ;;
      esac
      exit 0
    fi
    echo "$version" > "/var/lib/test-rpm/$name"
    echo "Installed: $name-$version"
    exit 0
  fi
done
if [ "$program" = tdnf ]; then echo "$2 package not found or not installed" >&2; echo "Error(1011) : No matching packages" >&2; exit 243; fi
echo "No match for argument: $2" >&2; echo "Error: Unable to find a match: $2" >&2; exit 1
