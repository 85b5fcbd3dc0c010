#!/bin/sh
# Stand-in for vmtoolsd and vmware-rpctool, by the name it is called under: answers info-get from files, as the real ones answer from
# the hypervisor. Strict: any other command or calling convention is refused.
values=/run/slipway-standin/guestinfo
case $(basename "$0") in
  vmtoolsd) [ $# -eq 2 ] && [ "$1" = --cmd ] || { echo "vmtoolsd stand-in: expected --cmd COMMAND" >&2; exit 64; }; request=$2 ;;
  vmware-rpctool) [ $# -eq 1 ] || { echo "vmware-rpctool stand-in: expected one COMMAND" >&2; exit 64; }; request=$1 ;;
  *) echo "stand-in: call me vmtoolsd or vmware-rpctool" >&2; exit 64 ;;
esac
case $request in
  "info-get guestinfo."*) key=${request#info-get guestinfo.} ;;
  *) echo "Unknown command" >&2; exit 1 ;;
esac
# What VMX says to an unprivileged caller when guest_rpc.rpci.auth is on.
[ ! -e "$values/.denied" ] || { echo "Permission denied" >&2; exit 1; }
[ -f "$values/$key" ] || { echo "No value found" >&2; exit 1; }
cat "$values/$key"
echo
