#!/usr/bin/env bash
# All tests: unit, acceptance (the native binary against servers on loopback) and e2e (a machine that boots).
# Needs root, a Debian machine and the .NET SDK; installs the rest. Ends with one line: N passed, N failed.
#   tests/run.sh              everything
#   tests/run.sh unit|acceptance|e2e [FILTER …]   one suite; filters as xunit.v3's runner takes them: -class, -method
# With SLIPWAY_E2E_MIRROR, _KUBERNETES, _ENDPOINT, _TOKEN, _CA_HASH and _LOCK set, e2e uses that mirror and that cluster.
set -uo pipefail
cd "$(dirname "$0")/.."

case ${1:-all} in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  all) suites=(unit acceptance e2e) ;;
  unit | acceptance | e2e) suites=("$1"); shift ;;
  *) echo "run.sh: unknown suite: $1 (expected unit, acceptance or e2e)" >&2; exit 64 ;;
esac
filters=("$@")

bash tests/install-deps.sh || exit 1
declare -A project=([unit]=tests/Agent.Tests [acceptance]=tests/Agent.Acceptance [e2e]=tests/e2e)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

dotnet build Agent.sln -v quiet -nologo || { echo "0 passed, 1 failed"; exit 1; }
if [ -z "${SLIPWAY_BINARY:-}" ] && [ "${suites[*]}" != unit ]; then
  SLIPWAY_BINARY=$(packaging/publish.sh linux-x64 | tail -n 1) || { echo "0 passed, 1 failed"; exit 1; }
  export SLIPWAY_BINARY
fi

for suite in "${suites[@]}"; do
  started=$SECONDS
  echo "== $suite"
  # xunit.v3 projects are programs; run directly, they show each failure as it comes.
  name=$(basename "${project[$suite]}")
  [ "$suite" = e2e ] && name=E2E
  "${project[$suite]}/bin/Debug/net10.0/$name" -noColor "${filters[@]}" 2>&1 | tee "$log"
  summary=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -n 1)
  if [ -z "$summary" ]; then
    echo "== $suite did not finish" >&2
    failed=$((failed + 1))
    continue
  fi
  read -r total errors bad skipped < <(sed 's/[A-Za-z:,]//g' <<<"$summary")
  passed=$((passed + total - bad - skipped))
  failed=$((failed + bad + errors))
  echo "== $suite: $((total - bad - skipped)) passed, $((bad + errors)) failed, $skipped skipped in $((SECONDS - started)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
