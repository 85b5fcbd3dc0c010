#!/bin/sh
# Stand-in for vmtoolsd and vmware-rpctool, by the name it is called under: answers info-get and info-set from files, as the real ones
# answer from the hypervisor. Strict: any other command or calling convention is refused.
#   KEY           a value; info-set writes it
#   .denied       where it is there, every request is
#   .before-set   a program that is told each info-set (KEY VALUE) before it happens
values=/run/slipway-standin/guestinfo
# A hypervisor keeps them over the machine's boots.
[ ! -d /var/lib/slipway-standin/guestinfo ] || values=/var/lib/slipway-standin/guestinfo
case $(basename "$0") in
  vmtoolsd) [ $# -eq 2 ] && [ "$1" = --cmd ] || { echo "vmtoolsd stand-in: expected --cmd COMMAND" >&2; exit 64; }; request=$2 ;;
  vmware-rpctool) [ $# -eq 1 ] || { echo "vmware-rpctool stand-in: expected one COMMAND" >&2; exit 64; }; request=$1 ;;
  *) echo "stand-in: call me vmtoolsd or vmware-rpctool" >&2; exit 64 ;;
esac
value=
case $request in
  "info-get guestinfo."*) key=${request#info-get guestinfo.} ;;
  "info-set guestinfo."*" "*) key=${request#info-set guestinfo.} value=${key#* } key=${key%% *} ;;
  "info-set guestinfo."*) echo "Two and exactly two arguments expected" >&2; exit 1 ;;
  *) echo "Unknown command" >&2; exit 1 ;;
esac
case $key in
  "" | *[!a-zA-Z0-9._-]*) echo "Invalid key" >&2; exit 1 ;;
esac
# What VMX says to an unprivileged caller when guest_rpc.rpci.auth is on.
[ ! -e "$values/.denied" ] || { echo "Permission denied" >&2; exit 1; }
case $request in
  info-set*)
    [ -n "$value" ] || { echo "Two and exactly two arguments expected" >&2; exit 1; }
    [ ! -x "$values/.before-set" ] || "$values/.before-set" "$key" "$value" || exit 1
    printf %s "$value" >"$values/$key.new" && mv "$values/$key.new" "$values/$key"
    exit ;;
esac
[ -f "$values/$key" ] || { echo "No value found" >&2; exit 1; }
cat "$values/$key"
echo
