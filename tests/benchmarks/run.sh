#!/usr/bin/env bash
# The promised figures, measured here and now; exit 1 when one is missed. About 6 minutes without KVM.
#   tests/benchmarks/run.sh [PAIRS|GROUP]     PAIRS of boots, agent against script (default 2), or one group alone: process, install, fleet, config, boot
set -euo pipefail
cd "$(dirname "$0")/../.."
bash tests/install-deps.sh
binary=${SLIPWAY_BINARY:-$(packaging/publish.sh linux-x64 | tail -n 1)}
dotnet build tests/benchmarks -c Release -v quiet -nologo
exec dotnet run --no-build -c Release --project tests/benchmarks -- "$binary" "$@"
