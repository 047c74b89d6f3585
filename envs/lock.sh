#!/usr/bin/env bash
# Resolves what environments ask for (envs/NAME.in, pyproject.toml) anew, into the pinned lists that setup_envs.sh installs:
#   bash envs/lock.sh [NAME...]                   all, or some; needs uv and the package registry
#   bash envs/lock.sh NAME --upgrade-package X    further words go to `uv pip compile`
# Head lines of NAME.in: about, size, python (a range), check (what must be importable), without (packages that something
# asks for and nobody needs), instead (a version that something else asks to differ), source (a package that is in no
# registry, at a commit; what it asks for stands in NAME.in), clone (the same where an installed package would lack files).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

names=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  names+=("$1")
  shift
done
if [ ${#names[@]} -eq 0 ]; then
  for file in envs/*.in; do names+=("$(basename "$file" .in)"); done
fi
uv=uv
if ! uv --version >/dev/null 2>&1; then uv=${STROKEREHAB_ENVS:-$PWD/.envs}/strokerehab/bin/uv; fi
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

for name in "${names[@]}"; do
  wanted=envs/$name.in pinned=envs/$name.txt
  head_of() { sed -n "s/^# $1: //p" "$wanted"; }
  {
    head_of instead
    for package in $(head_of without); do echo "$package ; sys_platform == 'never'"; done
  } >"$work/overrides"
  { grep -v '^[^#]*://' "$pinned" 2>/dev/null || true; } >"$work/pins" # versions stay unless something asks for others
  from=("$wanted" --override "$work/overrides")
  if [ "$name" = strokerehab ]; then from=(pyproject.toml --extra dev); fi
  lowest=$(head_of python)
  "$uv" pip compile --quiet --universal --python-version "${lowest%-*}" --no-header --no-emit-index-url \
    --annotation-style line "${from[@]}" -o "$work/pins" "$@" >/dev/null
  {
    grep -E '^# (about|size|python|check|clone): ' "$wanted"
    echo "# Resolved from $(if [ "$name" = strokerehab ]; then echo pyproject.toml; else echo "$wanted"; fi) by envs/lock.sh."
    head_of source
    grep -v "sys_platform == 'never'" "$work/pins" | sed "s| --override $work/overrides||; s|, *$||"
  } >"$work/done"
  mv "$work/done" "$pinned"
  echo "$pinned: $(grep -c '^[^#]' "$pinned") packages"
done
