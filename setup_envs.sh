#!/usr/bin/env bash
# Builds the Python environments of this project from the pinned lists in envs/. See `bash setup_envs.sh --help`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
envs=${STROKEREHAB_ENVS:-$root/.envs}
case $envs in
  \~ | \~/*) envs=$HOME${envs#\~} ;; # quoted, or from a file: no shell has read it
  /*) ;;
  *) envs=$PWD/$envs ;;
esac
while [ "${envs%/}" != "$envs" ]; do envs=${envs%/}; done

usage() {
  cat <<END
Usage: bash setup_envs.sh [NAME...] [--check] [--dry-run] [--quiet] [--take-over]

Builds the environment NAME (default: strokerehab) in $envs/NAME
from envs/NAME.txt. An environment that is up to date is left alone, so calling this again costs nothing.

$(for one in $(known); do settings "$one" && printf '  %-20s %s (%s)\n' "$one" "$about" "$size"; done)

  --check    import what the environment's models need and print the versions
  --dry-run  print the commands that would run; nothing is changed
  --quiet    print nothing about an environment that is up to date
  --take-over  make an environment that is installed for another checkout this one's

  Checkouts may share an environment as long as they pin the same packages: each runs its own code in it.
  Exit status: 0 done; 2 not done, with the reason.

  STROKEREHAB_ENVS    where environments live (default: .envs in the project)
  STROKEREHAB_PYTHON  the Python to build on (default: one that uv finds on this machine, or downloads)
  UV_CACHE_DIR        where uv keeps its downloads (default: ~/.cache/uv); best on the same disk as the environments
END
}

known() { (cd "$root/envs" && printf '%s ' *.conf | sed 's/\.conf / /g; s/ *$//'); }
settings() { # the variables in envs/NAME.conf
  about="" size="" python="" modules="" clone=""
  # shellcheck source=/dev/null
  . "$root/envs/$1.conf"
}
say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() {
  printf 'setup_envs.sh: %s\n' "$*" >&2
  exit 2
}
run() { # or print, in a dry run
  if $dry; then
    printf '%q' "$1" && shift && printf ' %q' "$@" && echo
  else
    "$@" </dev/null
  fi
}

find_uv() { # sets $uv: one that is there, or the pinned one, which pip installs
  for uv in uv "$envs/.uv/bin/uv" "$envs/strokerehab/bin/uv"; do
    if "$uv" --version >/dev/null 2>&1; then return; fi
  done
  uv=$envs/.uv/bin/uv
  say "uv is not on the PATH: installing it in $envs/.uv"
  run python3 -m venv --clear "$envs/.uv" ||
    die "neither uv nor a python3 with venv is here. Install uv, or on Debian and Ubuntu python3-venv, then call again"
  run "$envs/.uv/bin/python" -m pip install --quiet "$(grep -o '^uv==[^ ;]*' "$root/envs/strokerehab.txt")" ||
    die "pip could not install uv. Check the network and pip's index, or install uv by other means, then call again"
}

pip_settings() { # uv does not read pip's configuration: hand it over, unless uv has settings of its own
  local listed key variable section value found=false
  listed=$("$envs/.uv/bin/python" -m pip config list 2>/dev/null || python3 -m pip config list 2>/dev/null) || return 1
  for key in index-url:UV_DEFAULT_INDEX extra-index-url:UV_INDEX find-links:UV_FIND_LINKS cert:SSL_CERT_FILE; do
    variable=${key#*:}
    for section in ':env:' install global; do
      value=$(sed -n "s/^$section\.${key%:*}='\(.*\)'\$/\1/p" <<<"$listed")
      if [ -n "$value" ] && [ -z "${!variable:-}" ]; then
        export "$variable=${value//\\n/ }"
        found=true
      fi
    done
  done
  export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match} # several indexes count alike, as they do for pip
  $found
}

# An environment's stamp: its place and Python (a change needs a new one), what is installed (a change needs an update).
version_of() { "$1" -IS -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none; }
fits() { # whether a Python is in the range `>=3.LOW,<3.HIGH`
  local minor low=${python#>=3.}
  minor=$(version_of "$1")
  [ "${minor#3.}" -ge "${low%,*}" ] 2>/dev/null && [ "${minor#3.}" -lt "${python##*<3.}" ]
}
place() { printf '%s, Python %s\n' "$env" "$(version_of "$env/bin/python")"; }
contents() {
  local project=/dev/null
  if [ "$name" = strokerehab ]; then project=$root/pyproject.toml; fi
  printf '%s %s\n' "${project%/*}" "$({
    cat "$root/envs/$name.conf" "$root/envs/$name.txt"
    awk '/^\[/ { keep = /^\[(build-system|project|tool\.hatch)/ } keep' "$project"
  } | cksum)"
}
owner() { # of the main environment: the other checkout that it is installed for, if that is still there
  local line
  line=$(sed -n 2p "$env/stamp" 2>/dev/null) || true
  line=${line% * *}
  if [ "$name" = strokerehab ] && [ "$line" != "$root" ] && [ -d "$line/lmms_eval_plugins" ]; then
    printf '%s\n' "$line"
  fi
}
state() { # ready; shared, foreign: another checkout's, that fits or not; outdated; or unusable: absent, unfinished, moved, its Python gone
  local was other asked mine
  was=$(cat "$env/stamp" 2>/dev/null) || true
  asked=$(version_of "${STROKEREHAB_PYTHON:-$env/bin/python}")
  mine=$(contents)
  other=$(owner)
  if [ "${was%%$'\n'*}" != "$(place)" ]; then
    echo unusable
  elif [ -n "$other" ] && ! $take_over; then
    if [ "$was $asked" = "$(place)"$'\n'"$other${mine#"$root"} $(version_of "$env/bin/python")" ]; then
      echo shared
    else
      echo foreign
    fi
  elif [ "$asked" != "$(version_of "$env/bin/python")" ]; then
    echo unusable # its Python is not the one asked for
  elif [ "$was" != "$(place)"$'\n'"$mine" ]; then
    echo outdated
  else
    echo ready
  fi
}

build() {
  local start=$SECONDS
  if [ "$(state)" = unusable ]; then
    [ -z "${STROKEREHAB_PYTHON:-}" ] || fits "$STROKEREHAB_PYTHON" ||
      die "STROKEREHAB_PYTHON=$STROKEREHAB_PYTHON is no Python $python, which $name needs"
    # uv refuses to build in any other folder that is not empty
    if [ -f "$env/pyvenv.cfg" ] || [ -d "$env/conda-meta" ] || [ -f "$unfinished" ]; then
      $dry || : >"$unfinished" || die "cannot write to $envs"
      run rm -rf "$env" || die "cannot remove $env"
    fi
    find_uv
    if ! $dry && [ -z "$(ls -A "$env" 2>/dev/null)" ]; then : >"$unfinished" || die "cannot write to $envs"; fi
    run "$uv" venv ${quiet_uv:+"$quiet_uv"} --python "${STROKEREHAB_PYTHON:-$python}" "$env" ||
      die "$name: no environment in $env. It needs Python $python; name one: STROKEREHAB_PYTHON=/path/to/python3"
  else
    find_uv
    was=$(sed -n 2p "$env/stamp")
    [ "${was% * *}" = "$root" ] || [ "${was% * *}" = /dev ] || say "$env was installed for ${was% * *}: now for $root"
    # from here to its rewriting the environment is unfinished
    $dry || rm "$env/stamp" || die "cannot write to $env"
  fi
  say "installing what envs/$name.txt pins: about $size"
  set -- "$uv" pip install ${quiet_uv:+"$quiet_uv"} --python "$env/bin/python" --no-deps
  packages=("$@" --compile-bytecode -r "$root/envs/$name.txt") # the list is complete: nothing is resolved here
  run "${packages[@]}" || { pip_settings && say "trying again with pip's settings" && run "${packages[@]}"; } ||
    die "$name: the packages could not be installed. Usually the network or a full disk; downloads are kept, call again"
  if [ -n "$clone" ]; then # URL@COMMIT of a code base of which an installed package lacks files
    folder=$env/src/$(basename "${clone%@*}")
    { run git clone --filter=blob:none --no-checkout "${clone%@*}" "$folder" &&
      run git -C "$folder" checkout "${clone##*@}" && run "$@" -e "$folder"; } ||
      die "$name: ${clone%@*} could not be installed. Usually the network, or no git; mend it and call again"
  fi
  if [ "$name" = strokerehab ]; then
    run "$@" --no-build-isolation -e "$root" || die "$name: the project itself could not be installed"
  fi
  if ! $dry; then
    if ! { place && contents; } >"$env/stamp.new" || ! mv "$env/stamp.new" "$env/stamp"; then
      die "cannot write to $env. Usually a full disk; call again when there is room"
    fi
    rm -f "$unfinished"
    say "installed in $((SECONDS - start)) s, $(du -sh "$env" | cut -f 1) in $env"
  fi
}

setup() {
  local now
  now=$(state)
  if [ "$now" = ready ]; then
    $quiet || say "up to date in $env"
  elif [ "$now" = shared ]; then
    say "$env is installed for $(owner): evaluate.sh of $root runs its own code in it; bin/strokerehab there runs the other"
  elif [ "$now" = foreign ]; then
    die "$env is installed for $(owner), which pins other packages than $root or another Python: set STROKEREHAB_ENVS to" \
      "another folder, or take it over: bash setup_envs.sh --take-over"
  elif $dry; then
    build
  else
    { mkdir -p "$envs" && : >>"$envs/.lock"; } 2>/dev/null ||
      die "cannot write to $envs: set STROKEREHAB_ENVS to a folder where you can"
    exec 9>"$envs/.lock"
    if command -v flock >/dev/null && ! flock -n 9; then
      say "another call is working in $envs; waiting for it"
      flock 9
    fi
    case $(state) in # the other call may have done the work
      outdated | unusable) build ;;
    esac
    exec 9>&-
  fi
}

names=() check=false quiet=false dry=false take_over=false quiet_uv=--quiet
if [ -t 2 ]; then quiet_uv=""; fi # a person sees uv's progress
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit ;;
    --check) check=true ;;
    --quiet) quiet=true ;;
    --dry-run) dry=true ;;
    --take-over) take_over=true ;;
    -y | --yes) ;; # accepted by habit: nothing is ever asked
    *)
      [ -n "$1" ] && [ -f "$root/envs/$1.conf" ] || die "'$1' is neither an option nor an environment; known: $(known)"
      names+=("$1")
      ;;
  esac
  shift
done

unset PYTHONPATH PYTHONHOME # another Python's packages must not leak in
for name in "${names[@]:-strokerehab}"; do
  env=$envs/$name
  unfinished=$envs/.$name.unfinished # there while a new environment is being made
  settings "$name"
  setup
  if $check && ! $dry; then
    echo "$name: $env"
    # shellcheck disable=SC2086 # module names
    "$env/bin/python" -I "$root/envs/check.py" $modules ||
      die "$name: something is missing. Build it anew: rm -r '$env' && bash setup_envs.sh $name"
  fi
done
