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
check "mypy" "$bin/python" -m mypy
check "pose environment" bash setup_envs.sh strokerehab_pose --check
cluster=tests/execution/slurm/test_cluster.py # mostly waits for a real cluster, whose jobs must not wait for other tests
wheel=tests/packaging                         # measures no coverage: has, at low priority, the time in which the cluster waits
measured=(--cov --cov-report= --cov-fail-under=0) # the floor is checked below
check "pytest" "$bin/python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
  --ignore "$cluster" --ignore "$wheel" --durations 25 "${measured[@]}"
check "branch coverage" "$bin/python" -m coverage report # its floor is in pyproject.toml
of_wheel=$(mktemp)
nice -n 19 "$bin/python" -m pytest "$wheel" >"$of_wheel" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
check "pytest on a cluster" "$bin/python" -m pytest "$cluster"
finish() {
  local code=0
  wait "$pid" || code=$?
  cat "$of_wheel"
  rm "$of_wheel"
  return "$code"
}
check "pytest on the wheel" finish
if [ -n "$failed" ]; then
  echo "tests/run.sh: failed: ${failed#, }" >&2
  exit 1
fi
