from __future__ import annotations

from pathlib import Path

import pytest

_SBATCH = """#!/bin/sh
count=$(ls "{folder}" | grep -c '^job-')
cp "$1" "{folder}/job-$((count + 1)).sh"
if [ -f "{folder}/refuse" ] || [ -f "{folder}/refuse-$((count + 1))" ]; then
  echo "sbatch: error: invalid partition specified: gone" >&2
  exit 1
fi
echo "Submitted batch job $((count + 1))"
"""


@pytest.fixture
def fake_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where ``sbatch`` leaves the scripts it gets, as ``job-1.sh``, …; a file ``refuse`` makes it refuse,
    one ``refuse-2`` the second."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, code in (("sbatch", _SBATCH.format(folder=folder)), ("srun", "#!/bin/sh\n"), ("squeue", "#!/bin/sh\n")):
        (folder / name).write_text(code)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return folder
