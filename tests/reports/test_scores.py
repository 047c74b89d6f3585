from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.reports.scores import print_report
from lmms_eval_plugins.runs.score import score_paths
from tests.golden.conftest import GOLDEN


def test_runs_of_one_model_say_in_what_they_differ(tmp_path: Path) -> None:
    model = tmp_path / "strokerehab_primitives_3" / "noisy"
    source = GOLDEN / "runs" / "strokerehab_primitives_3" / "noisy" / "20250101_000000"
    for stamp, temperature in (("1", 0), ("2", 0), ("3", 0.7)):
        shutil.copytree(source, model / stamp)
        values = json.loads((source / "run.json").read_text(encoding="utf-8"))
        values["generation"]["temperature"] = temperature
        (model / stamp / "run.json").write_text(json.dumps(values), encoding="utf-8")
    out = io.StringIO()
    print_report(score_paths([str(tmp_path)]), Console(file=out, width=200))
    text = out.getvalue()
    assert text.count("(temperature=0) ") == 2 and text.count("(temperature=0.7)") == 1
    assert "1, 2: repeats of the same settings" in text
