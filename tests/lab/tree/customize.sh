#!/bin/sh
# Last touches on the tree; mmdebstrap calls it with the tree's path, and it must not need the network.
set -eu
root=$1
chroot "$root" systemctl enable lab-shell.service systemd-networkd.service
# Nobody logs in, and a getty would take the console from the boot messages. The library cache is fresh: ldconfig would cost a second.
chroot "$root" systemctl mask serial-getty@ttyS0.service getty@tty1.service console-getty.service \
  ldconfig.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer e2scrub_all.timer e2scrub_reap.service
# The journal survives power cuts, which is what the tests look into afterwards.
mkdir -p "$root/var/log/journal"
# Every boot of a fresh disk is a first boot.
: > "$root/etc/machine-id"
echo localhost > "$root/etc/hostname"
printf 'nameserver 10.0.2.3\n' > "$root/etc/resolv.conf"
printf '/dev/vda / ext4 defaults 0 1\n' > "$root/etc/fstab"
rm -rf "$root/var/lib/apt/lists/"* "$root/var/cache/apt/"* "$root/usr/share/doc/"* "$root/usr/share/man/"* "$root/usr/share/locale/"*
