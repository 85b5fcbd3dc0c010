#!/bin/bash
# Installs what building and testing need on a Debian machine; does nothing, quickly, where all is there. Needs root.
# Not installed here: the .NET SDK (global.json says which).
set -euo pipefail

packages=(
  clang                      # links the native binary
  lld                        # … for other targets and against older C libraries
  llvm                       # objcopy: debug symbols go to a file of their own
  zlib1g-dev                 # .NET's native compression
  qemu-system-x86            # the machine that boots in the e2e tests
  qemu-utils                 # qemu-img: a layer of its own over the disk for each machine
  mmdebstrap                 # builds the machine's Debian tree
  debian-archive-keyring     # … and checks the signatures
  e2fsprogs                  # mkfs.ext4 -d and debugfs: disks without mounting
  genisoimage                # cidata disks for cloud-init
  dosfstools                 # … and such disks in the other format
  mtools                     # … filled without mounting
  systemd-container          # systemd-nspawn: the quick sibling of the virtual machine
  iproute2                   # its network
  systemd                    # systemctl below a root, systemd-analyze
  time                       # peak memory of a process
  python3-yaml               # the benchmarks' yardstick for reading YAML
  python3-jsonschema         # judges the JSON Schema that is shipped
  docker-registry            # a site's registry, on loopback
  containerd                 # imports and pulls images as a plain process
  ca-certificates            # update-ca-certificates, for CAs of the tests' own
  skopeo                     # … and another program's opinion of what is in it
  apt-utils                  # apt-ftparchive: a package repository of the tests' own
  gnupg                      # … signed
  curl                       # the tests' own questions to servers
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
