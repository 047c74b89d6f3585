"""Files of recorded pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_FILM = """
import sys
from hashlib import sha256
from pathlib import Path
import numpy as np
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.recorder import PictureRecorder

still = np.add.outer(np.arange(HEIGHT * 3 // 2), np.arange(WIDTH)).astype(np.uint8) // 2
noise = np.random.default_rng(0).integers(0, 255, (20, 60, 60), np.uint8)
with PictureRecorder(Path(sys.argv[1]), 30) as recorder:
    for frame in range(20):
        picture = still.copy()
        picture[50 : 110, 3 * frame : 3 * frame + 60] = noise[frame]
        recorder.write(picture)
print(sha256(Path(sys.argv[1]).read_bytes()).hexdigest())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="fills memory as only glibc does")
def test_a_file_does_not_depend_on_what_memory_held_before(tmp_path: Path) -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", _FILM, str(tmp_path / "film.mp4")],
            env={**os.environ, "MALLOC_PERTURB_": fill, "MALLOC_MMAP_THRESHOLD_": "4000000000"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for fill in ("0", "1")
    }
    assert len(made) == 1
