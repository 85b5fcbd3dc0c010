#!/bin/bash
# Does by hand what the agent does: curl, sha256sum, tar, units, kubeadm join. The benchmark measures the agent against it, and it proves the lab
# without the agent. Needs: curl, a lock file, root. Installs to /usr/local/bin, /opt/cni/bin.
# usage: baseline MIRROR-URL LOCK-FILE ENDPOINT TOKEN CA-HASH NODE-NAME
set -euo pipefail
mirror=${1%/} lock=$2 endpoint=$3 token=$4 ca_hash=$5 name=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch NAME FILE: downloads an artifact of the lock file through the mirror and checks its digest.
fetch() {
  local entry url digest
  entry=$(tr -d '\n' < "$lock" | grep -o "{[^{}]*\"name\": *\"$1\"[^{}]*}")
  url=$(sed 's/.*"url": *"\([^"]*\)".*/\1/' <<<"$entry")
  digest=$(sed 's/.*"sha256": *"\([^"]*\)".*/\1/' <<<"$entry")
  curl -fsSL --retry 5 -o "$2" "$mirror/${url#https://*/}"
  echo "$digest  $2" | sha256sum -c --quiet
}

printf 'overlay\nbr_netfilter\n' > /etc/modules-load.d/kubernetes.conf
modprobe -a overlay br_netfilter
printf 'net.bridge.bridge-nf-call-iptables = 1\nnet.bridge.bridge-nf-call-ip6tables = 1\nnet.ipv4.ip_forward = 1\n' > /etc/sysctl.d/99-kubernetes.conf
sysctl -q -p /etc/sysctl.d/99-kubernetes.conf
swapoff -a

fetch containerd "$work/containerd.tgz"
tar -C /usr/local -xzf "$work/containerd.tgz"
fetch runc /usr/local/sbin/runc
fetch cni-plugins "$work/cni.tgz"
mkdir -p /opt/cni/bin /etc/cni/net.d
tar -C /opt/cni/bin -xzf "$work/cni.tgz"
fetch crictl "$work/crictl.tgz"
tar -C /usr/local/bin -xzf "$work/crictl.tgz"
for program in kubelet kubeadm kubectl; do fetch $program /usr/local/bin/$program; done
chmod 0755 /usr/local/sbin/runc /usr/local/bin/kube*
echo 'runtime-endpoint: unix:///run/containerd/containerd.sock' > /etc/crictl.yaml

mkdir -p /etc/containerd
case $(containerd --version | grep -oE ' v?[0-9]+\.' | head -1) in
  *1.) printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\n  runtime_type = "io.containerd.runc.v2"\n  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\n    SystemdCgroup = true\n' ;;
  *)   printf "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]\n  runtime_type = 'io.containerd.runc.v2'\n  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\n    SystemdCgroup = true\n" ;;
esac > /etc/containerd/config.toml
cat > /etc/systemd/system/containerd.service <<'UNIT'
[Unit]
Description=containerd container runtime
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
UNIT
cat > /etc/systemd/system/kubelet.service <<'UNIT'
[Unit]
Description=kubelet: The Kubernetes Node Agent
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/local/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
UNIT
mkdir -p /etc/systemd/system/kubelet.service.d
cat > /etc/systemd/system/kubelet.service.d/10-kubeadm.conf <<'UNIT'
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
UNIT
systemctl daemon-reload
systemctl enable -q --now containerd
systemctl enable -q kubelet

cat > "$work/join.yaml" <<CONFIG
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  name: $name
  criSocket: unix:///run/containerd/containerd.sock
discovery:
  bootstrapToken:
    apiServerEndpoint: $endpoint
    token: $token
    caCertHashes: ["$ca_hash"]
CONFIG
kubeadm join --config "$work/join.yaml"

# Verified as the agent verifies: healthz, and the node's own object with the node's own certificate.
curl -fsS http://127.0.0.1:10248/healthz > /dev/null
until curl -fsS --cacert /etc/kubernetes/pki/ca.crt --cert /var/lib/kubelet/pki/kubelet-client-current.pem "https://$endpoint/api/v1/nodes/$name" > /dev/null; do sleep 0.2; done
echo "joined"
