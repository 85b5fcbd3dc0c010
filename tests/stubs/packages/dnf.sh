#!/bin/sh
# Stand-in for dnf, yum and tdnf, by the name it is called under, in a tree that has nothing but a shell. What it has to offer is /var/lib/test-repo:
# NAME has "VERSION-RELEASE"; STALE hides it until --refresh; FAIL is what it says instead, with exit code 1. Strict: unknown options are refused.
program=${0##*/}
refuse() { echo "$program stand-in: $*: unknown option" >&2; exit 64; }
printf "%s\n" "$program $*" >> /var/log/calls
[ "$1" = -y ] || refuse "$1"; shift
if [ "$program" != tdnf ]; then [ "$1" = --setopt=install_weak_deps=False ] || refuse "$1"; shift; fi
fresh=; [ "$1" != --refresh ] || { fresh=1; shift; }
[ "$1:$#" = install:2 ] || refuse "$*"
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
    echo "$version" > "/var/lib/test-rpm/$name"
    echo "Installed: $name-$version"
    exit 0
  fi
done
if [ "$program" = tdnf ]; then echo "$2 package not found or not installed" >&2; echo "Error(1011) : No matching packages" >&2; exit 243; fi
echo "No match for argument: $2" >&2; echo "Error: Unable to find a match: $2" >&2; exit 1
