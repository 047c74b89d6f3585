#!/usr/bin/env bash
# Builds the Python environments of this project from the pinned lists in envs/. See `bash setup_envs.sh --help`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
envs=${STROKEREHAB_ENVS:-$root/.envs}

usage() {
  cat <<EOF
Usage: bash setup_envs.sh [NAME...] [--conda] [--check] [--dry-run] [-y]

Builds the environment NAME (default: strokerehab) in $envs/NAME
from envs/NAME.txt. An environment that is up to date is left alone, so calling this again costs nothing.

$(for file in "$root"/envs/*.txt; do printf '  %-19s %s (%s)\n' "$(basename "$file" .txt)" "$(header about "$file")" "$(header size "$file")"; done)

  --conda    make it with mamba or conda, which also bring their own Python
  --check    import what the environment's models need and print the versions
  --dry-run  print the commands that would run; nothing is changed
  --quiet    say nothing about an environment that is up to date
  -y, --yes  accepted for habit's sake: nothing is ever asked

  STROKEREHAB_ENVS    where environments live (default: .envs in the project)
  STROKEREHAB_PYTHON  the Python to build on (default: the first fit of python3, python3.13 ... 3.10; else uv brings one)
  UV_CACHE_DIR        where uv keeps its downloads (default: ~/.cache/uv); best on the same disk as the environments
EOF
}

known() { (cd "$root/envs" && printf '%s ' *.txt | sed 's/\.txt / /g; s/ *$//'); }
header() { sed -n "s/^# $1: //p" "${2:-$requirements}"; } # a setting on top of envs/NAME.txt
say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() {
  printf 'setup_envs.sh: %s\n' "$*" >&2
  exit 1
}
fail() { # what failed, what to do
  if [ -s "$log" ]; then tail -n 20 "$log" >&2; fi
  die "$name: $1. $2 (full log: $log)"
}
logged() {
  if $dry; then
    printf '%q ' "$@" | sed 's/ $//'
    echo
    return
  fi
  printf '\n$ %s\n' "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null
}
version_of() { "$1" -IS -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

find_uv() { # sets $uv
  for uv in uv "$envs/strokerehab/bin/uv"; do
    if "$uv" --version >/dev/null 2>&1; then return; fi
  done
  return 1
}

python_range() { # `# python: 3.10-3.12`, or `3.10-` for all newer ones; sets $lowest, $highest, $newest, $wanted
  local range
  range=$(header python)
  lowest=${range%-*} && lowest=${lowest#3.}
  highest=${range#*-} && highest=${highest#3.}
  newest=${highest:-12}
  case $highest in
    "") wanted="Python 3.$lowest or newer" ;;
    "$lowest") wanted="Python 3.$lowest" ;;
    *) wanted="Python 3.$lowest to 3.$highest" ;;
  esac
  highest=${highest:-99}
}

choose_python() { # sets $python: a program; or only the version, which uv is to bring
  local candidate version minor seen=""
  python_range
  local candidates=(${STROKEREHAB_PYTHON:+"$STROKEREHAB_PYTHON"} python3)
  for ((minor = highest < 13 ? highest : 13; minor >= lowest; minor--)); do candidates+=("python3.$minor"); done
  for candidate in "${candidates[@]}"; do
    if version=$(version_of "$candidate"); then
      minor=${version#3.}
      if [ "$minor" != "$version" ] && [ "$minor" -ge "$lowest" ] && [ "$minor" -le "$highest" ]; then
        python=$candidate
        return
      fi
      seen="$seen, $candidate is Python $version"
    fi
    [ "$candidate" != "${STROKEREHAB_PYTHON:-}" ] ||
      die "STROKEREHAB_PYTHON=$candidate is not $wanted, which $name needs${seen:+ (${seen#, })}"
  done
  python=3.$newest
  find_uv || die "$name needs $wanted, and none is on the PATH${seen:+ (${seen#, })}: install one, put uv on the PATH (it brings one), or name it: STROKEREHAB_PYTHON=/path/to/python3 bash setup_envs.sh $name"
}

# What an environment was made of: its place and Python (a change needs a new one) ...
place() { printf '%s, Python %s\n' "$env" "$(version_of "$env/bin/python" || echo none)"; }
# ... and what is installed in it (a change needs an update).
with_project() { [ "$name" = strokerehab ]; }
contents() {
  if ! with_project; then
    cksum <"$requirements"
    return
  fi
  printf '%s %s\n' "$root" "$({
    cat "$requirements"
    awk '/^\[/ { keep = /^\[(build-system|project|tool\.hatch)/ } keep' "$root/pyproject.toml"
  } | cksum)"
}

state() { # ready, outdated, or unusable: absent, unfinished, moved, or its Python is gone
  local was=""
  if [ -x "$env/bin/python" ] && [ -f "$env/stamp" ]; then
    was=$(cat "$env/stamp")
  fi
  if [ "$was" = "$(place && contents)" ]; then
    echo ready
  elif [ -n "$was" ] && [ "${was%%$'\n'*}" = "$(place)" ]; then
    echo outdated
  else
    echo unusable
  fi
}

another_kind_wanted() { # an existing environment is kept unless something else is asked for by name
  if $conda; then
    [ ! -d "$env/conda-meta" ]
  elif [ -n "${STROKEREHAB_PYTHON:-}" ]; then
    choose_python
    [ "$(version_of "$env/bin/python")" != "$(version_of "$python")" ]
  else
    false
  fi
}

heartbeat() { # a sign of life under a long command: its log's last line. Ends with this script, however that ends
  local every=30 start=$SECONDS next
  if [ -t 2 ]; then every=10; fi
  next=$every
  while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    [ $((SECONDS - start)) -ge "$next" ] || continue
    next=$((next + every))
    say "  ... $((SECONDS - start)) s: $(tail -n 1 "$log" | cut -c 1-100)"
  done
}

create() {
  if [ -e "$env" ]; then
    if [ ! -e "$env/pyvenv.cfg" ] && [ ! -d "$env/conda-meta" ] && [ -n "$(find "$env" ! -type d -print -quit)" ]; then
      die "$env exists and is no Python environment: move it away, or set STROKEREHAB_ENVS to another folder"
    fi
    $dry || rm -rf "$env"
  fi
  if $conda; then
    local tool
    tool=$(command -v mamba || command -v conda) || die "neither mamba nor conda is on the PATH: install Miniforge, or leave out --conda"
    say "creating a conda environment in $env"
    python_range
    logged "$tool" create -y -p "$env" "python=3.$newest" pip || fail "$(basename "$tool") could not create it" "Mend what it says and call again"
    return
  fi
  choose_python
  say "creating a virtual environment in $env (Python $(version_of "$python" || echo "${python#python}"))"
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    logged "$python" -m venv "$env" || fail "python -m venv did not work" "Mend what it says and call again"
  elif find_uv; then
    logged "$uv" venv --python "$python" "$env" || fail "uv venv did not work" "Mend what it says and call again"
  else
    fail "this Python cannot make virtual environments" "On Debian or Ubuntu: sudo apt install python$(version_of "$python")-venv; elsewhere put uv on the PATH. Then call again"
  fi
}

pip_settings() { # uv does not read pip's configuration: hand it over, unless uv has been told otherwise
  local settings key variable section value found=false
  settings=$("$env/bin/python" -m pip config list 2>/dev/null || python3 -m pip config list 2>/dev/null) || return 1
  for key in index-url:UV_DEFAULT_INDEX extra-index-url:UV_INDEX find-links:UV_FIND_LINKS cert:SSL_CERT_FILE; do
    variable=${key#*:}
    for section in ':env:' install global; do
      value=$(printf '%s\n' "$settings" | sed -n "s/^$section\.${key%:*}='\(.*\)'\$/\1/p")
      value=${value//\\n/ }
      if [ -n "$value" ] && [ -z "${!variable:-}" ]; then
        export "$variable=$value"
        found=true
      fi
    done
  done
  export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match} # several indexes count alike, as they do for pip
  $found
}

clones() { # code bases that an installed package has not all of: `# clone: URL@COMMIT`
  local source folder
  for source in $(header clone); do
    folder=$env/src/$(basename "${source%@*}")
    $dry || rm -rf "$folder"
    if ! {
      logged git clone --filter=blob:none --no-checkout "${source%@*}" "$folder" &&
        logged git -C "$folder" checkout "${source##*@}" &&
        logged "$uv" pip install --python "$env/bin/python" --no-deps -e "$folder"
    }; then
      fail "${source%@*} could not be installed" "Usually the network, or no git: mend it and call again"
    fi
  done
}

install() {
  local beat="" start=$SECONDS
  if ! find_uv; then
    uv=$env/bin/uv
    logged "$env/bin/python" -m pip install "$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' "$root/envs/strokerehab.txt")" ||
      fail "pip could not install uv" "Check the network and pip's index, then call again"
  fi
  say "installing what envs/$name.txt pins: about $(header size)"
  if ! $dry; then
    heartbeat 9>&- &
    beat=$!
    # shellcheck disable=SC2064 # the heartbeat of this very call
    trap "kill $beat 2>/dev/null || true" EXIT
  fi
  # the list is complete, and what a code base asks for is settled there
  set -- "$uv" pip install --python "$env/bin/python" --compile-bytecode --no-deps -r "$requirements"
  logged "$@" || { pip_settings && logged "$@"; } ||
    fail "the packages could not be installed" "Usually the network or a full disk: mend it and call again, what is downloaded is kept"
  clones
  if with_project; then
    logged "$uv" pip install --python "$env/bin/python" --no-deps --no-build-isolation -e "$root" ||
      fail "the project itself could not be installed" "Mend what it says and call again"
  fi
  if ! $dry; then
    kill "$beat" 2>/dev/null || true
    wait "$beat" 2>/dev/null || true
    trap - EXIT
    say "installed in $((SECONDS - start)) s, $(du -sh "$env" | cut -f 1) in $env"
  fi
}

rehearse() { # what setup would do
  local now
  now=$(state)
  if [ "$now" = unusable ] || another_kind_wanted; then
    create
    install
  elif [ "$now" = outdated ]; then
    install
  else
    say "up to date in $env"
  fi
}

setup() {
  local now
  now=$(state)
  if [ "$now" != ready ] || another_kind_wanted; then
    mkdir -p "$envs" 2>/dev/null || die "cannot write to $envs: set STROKEREHAB_ENVS to a folder where you can"
    exec 9>"$envs/.$name.lock"
    if command -v flock >/dev/null && ! flock -n 9; then
      say "another call is working on $env; waiting for it"
      flock 9 || true
    fi
    now=$(state) # it may have finished the work
    if [ "$now" = unusable ] || another_kind_wanted; then
      : >"$log"
      create
    elif [ "$now" = outdated ]; then
      say "the pinned packages or the project's own have changed: updating"
    fi
    if [ "$now" != ready ] || [ ! -f "$env/stamp" ]; then
      rm -f "$env/stamp" # from here to its rewriting the environment is unfinished
      install
      mv "$log" "$env/install.log"
      log=$env/install.log
      { place && contents; } >"$env/stamp"
    fi
    exec 9>&-
  elif ! $quiet; then
    say "up to date in $env"
  fi
}

check() {
  # shellcheck disable=SC2046 # module names
  "$env/bin/python" - "$name" $(header check) <<'EOF' || die "$name: something is missing. Build it anew: rm -r '$env' && bash setup_envs.sh $name"
import importlib
import importlib.metadata
import platform
import sys

name, modules = sys.argv[1], sys.argv[2:]
print(f"{name}: Python {platform.python_version()} in {sys.prefix}")
bad = 0
for module in modules:
    try:
        importlib.import_module(module)
    except Exception as error:
        bad += 1
        print(f"  {module}: {type(error).__name__}: {error}")
        continue
    top = module.split(".")[0]
    version = getattr(sys.modules[top], "__version__", None)
    try:
        version = version or importlib.metadata.version(top.replace("_", "-"))
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"
    print(f"  {module} {version}")
if "torch" in modules and not bad:
    import torch

    print("  GPU:", torch.cuda.get_device_name() if torch.cuda.is_available() else "none, runs on the CPU")
sys.exit(bool(bad))
EOF
}

names="" conda=false check=false quiet=false dry=false
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit
      ;;
    --conda) conda=true ;;
    --check) check=true ;;
    --quiet) quiet=true ;;
    --dry-run) dry=true ;;
    -y | --yes) ;;
    *)
      [ -n "$1" ] && [ -f "$root/envs/$1.txt" ] || die "'$1' is neither an option nor an environment; known: $(known)"
      names="$names $1"
      ;;
  esac
  shift
done

unset PYTHONPATH PYTHONHOME # another Python's packages must not leak in
for name in ${names:-strokerehab}; do
  env=$envs/$name
  requirements=$root/envs/$name.txt
  log=$envs/.$name.log # while at work; then it moves into the environment
  if $dry; then
    rehearse
    continue
  fi
  setup
  if $check; then check; fi
done
