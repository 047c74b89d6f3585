#!/usr/bin/env bash
# Resolves what environments ask for (envs/NAME.in, pyproject.toml) anew, into the pinned lists that setup_envs.sh installs:
#   bash envs/lock.sh [NAME...]                   all, or some; needs uv and the package registry
#   bash envs/lock.sh NAME --upgrade-package X    further words go to `uv pip compile`
# envs/NAME.conf sets for it: without (packages that something asks for and nobody needs), instead (a version that
# something else asks to differ) and source (packages that are in no registry, at a commit; what they ask for stands in
# NAME.in). The environment strokerehab is resolved from pyproject.toml, with the extras named below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  names+=("$1")
  shift
done
if [ ${#names[@]} -eq 0 ]; then
  for file in envs/*.conf; do names+=("$(basename "$file" .conf)"); done
fi
uv=uv
if ! uv --version >/dev/null 2>&1; then uv=${STROKEREHAB_ENVS:-$PWD/.envs}/strokerehab/bin/uv; fi
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

for name in "${names[@]}"; do
  pinned=envs/$name.txt asked=envs/$name.in extras=()
  if [ "$name" = strokerehab ]; then
    asked=pyproject.toml
    for extra in dev docs models notebooks slurm wandb; do extras+=(--extra "$extra"); done
  fi
  python="" without="" instead="" source=""
  # shellcheck source=/dev/null
  . "envs/$name.conf"
  {
    echo "$instead"
    for package in $without; do echo "$package ; sys_platform == 'never'"; done
  } >"$work/overrides"
  { grep -v '^[^#]*://' "$pinned" 2>/dev/null || true; } >"$work/pins" # versions stay unless something asks for others
  lowest=${python#>=}
  "$uv" pip compile --quiet --universal --python-version "${lowest%%,*}" --no-header --no-emit-index-url \
    --annotation-style line "$asked" ${extras[@]+"${extras[@]}"} --override "$work/overrides" \
    -o "$work/pins" "$@" >/dev/null
  {
    echo "# Resolved from $asked by envs/lock.sh."
    [ -z "$source" ] || echo "$source"
    grep -v "sys_platform == 'never'" "$work/pins" | sed "s| --override $work/overrides||; s|, *$||"
  } >"$work/done"
  mv "$work/done" "$pinned"
  echo "$pinned: $(grep -c '^[^#]' "$pinned") packages"
done
