#!/usr/bin/env bash
# From nothing to a joined node on this machine alone: publishes the agent, starts a mirror and a control plane on loopback, boots a
# virtual machine whose cidata disk holds a NodeConfig, shows the agent's journal live, and ends with its status and plan.
#   packaging/demo.sh               a virtual machine (3 to 5 minutes the first time)
#   packaging/demo.sh --container   a booted container of the same system: seconds
# Needs root, a Debian machine and the .NET SDK; installs the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  "" | --container) ;;
  *) echo "demo.sh: unknown argument: $1 (see --help)" >&2; exit 64 ;;
esac
bash tests/install-deps.sh
binary=$(packaging/publish.sh linux-x64 | tail -n 1)
dotnet build tests/lab -v quiet -nologo
exec dotnet run --no-build --project tests/lab -- demo --agent "$binary" --packaging packaging "$@"
