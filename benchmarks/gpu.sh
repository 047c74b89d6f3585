#!/usr/bin/env bash
# Measures the engine on a GPU in less than eight minutes, with nothing but torch, torchvision and transformers there:
#     bash benchmarks/gpu.sh [--shape 7b] [--device cuda] [--dtype bfloat16] [--questions 2,10] …
# PYTHON names the interpreter. Nothing is installed and nothing is downloaded; without a GPU a tiny network is tried.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
if ! missing=$("$python" - <<'CHECK'
from importlib.util import find_spec
missing = [name for name in ("torch", "torchvision", "transformers", "PIL") if find_spec(name) is None]
print(" ".join(missing))
raise SystemExit(bool(missing))
CHECK
); then
    echo "gpu.sh: $python lacks ${missing:-a Python that runs}; set PYTHON to one that has torch, torchvision and transformers" >&2
    exit 2
fi
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1
exec "$python" -c '
from benchmarks.bare import name_absent_packages
absent = name_absent_packages()
if absent:
    print("not installed and not needed here:", ", ".join(absent))
from benchmarks.gpu import main
main()
' "$@"
