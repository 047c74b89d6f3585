#!/usr/bin/env bash
# Sets up and checks everything: ruff, mypy, shellcheck, pytest, branch coverage. With arguments only pytest, which gets them:
#   bash tests/run.sh                              all there is
#   bash tests/run.sh tests/decoding -k chain -x   some of it, quickly
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash setup_envs.sh strokerehab --quiet
envs=${STROKEREHAB_ENVS:-$PWD/.envs}
case $envs in \~ | \~/*) envs=$HOME${envs#\~} ;; esac
bin=$envs/strokerehab/bin
export STROKEREHAB_ENVS=$envs
export PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH} # this checkout's code, also where the environment is another's
unset PYTHONDONTWRITEBYTECODE                     # a hundred processes are started: only the first one compiles it

if [ $# -gt 0 ]; then
  exec "$bin/python" -m pytest "$@"
fi

scripts=(.ci/run)
while IFS= read -r -d '' script; do
  scripts+=("$script")
done < <(find . \( -path './.*' -o -path ./data -o -path ./runs \) -prune -o -name '*.sh' -print0)

failed=""
check() { # its name, its command
  local name=$1 start=$SECONDS
  shift
  if "$@"; then
    echo "ok: $name ($((SECONDS - start)) s)" >&2
  else
    echo "FAILED: $name" >&2
    failed="$failed, $name"
  fi
}
check "ruff check" "$bin/ruff" check .
check "ruff format" "$bin/ruff" format --check .
check "shellcheck" "$bin/shellcheck" "${scripts[@]}"

page() ( # the page's own checks and tests, and whether its bundle is what its source makes
  if ! command -v npm >/dev/null; then
    echo "tests/run.sh: npm is not installed: the page's own tests are skipped" >&2
    return
  fi
  cd web
  built=$(mktemp -d)
  trap 'rm -rf "$built"' EXIT
  npm ci --silent && npm run --silent check && npm test --silent && npm run --silent build -- --outDir "$built" --logLevel warn &&
    diff -rq "$built" ../lmms_eval_plugins/reports/page/bundle
)
check "page" page

cluster=tests/execution/slurm/test_cluster.py # mostly waits for a real cluster, whose jobs must not wait for other tests
wheel=tests/packaging
measured=(--cov --cov-report= --cov-fail-under=0) # the floor is checked below
check "pytest" "$bin/python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
  --ignore "$cluster" --ignore "$wheel" --durations 25 "${measured[@]}"
check "branch coverage" "$bin/python" -m coverage report # its floor is in pyproject.toml

# What measures no coverage has, at low priority, the time in which the cluster waits.
beside=$(mktemp -d)
set -m # a process group of its own, which ends as a whole
(
  renice -n 19 -p "$BASHPID" >/dev/null || true
  check "pytest on the wheel" "$bin/python" -m pytest "$wheel"
  check "mypy" "$bin/python" -m mypy
  check "pose environment" bash setup_envs.sh strokerehab_pose --check
  echo "$failed" >"$beside/failed"
) >"$beside/said" 2>&1 </dev/null &
pid=$!
set +m
trap 'kill -- "-$pid" 2>/dev/null || true; rm -rf "$beside"' EXIT
failed_before=$failed
check "pytest on a cluster" "$bin/python" -m pytest "$cluster"
wait "$pid" || true
cat "$beside/said"
later=$(cat "$beside/failed" 2>/dev/null) || later="$failed_before, what ran beside the cluster"
failed="$failed${later#"$failed_before"}"
if [ -n "$failed" ]; then
  echo "tests/run.sh: failed: ${failed#, }" >&2
  exit 1
fi
