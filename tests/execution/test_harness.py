from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.harness import _check_written, _late_module, _LogFile, known_arguments, make_lmms_model


def test_a_late_module_is_imported_when_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("imported = True\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.find_spec("slow_to_import")
    assert spec
    late = _late_module("slow_to_import", spec)
    monkeypatch.setitem(sys.modules, "slow_to_import", late)
    assert importlib.import_module("slow_to_import") is late and not hasattr(late, "__file__")
    assert late.imported
    assert importlib.import_module("slow_to_import") is not late


def test_the_run_module_imports_nothing_heavy() -> None:
    code = "import sys, lmms_eval_plugins.execution.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "lmms_eval", "huggingface_hub"} & set(loaded)


def test_a_model_is_made() -> None:
    assert (
        make_lmms_model("constant", {"answer": "no"}).fingerprint
        == make_lmms_model("constant", {"answer": "no"}).fingerprint
    )


def test_the_arguments_that_a_user_may_give() -> None:
    with pytest.raises(
        UserError, match="wrapper 'omnicient' is not in lmms-eval's registry; did you mean 'omniscient'"
    ):
        known_arguments("omnicient")
    assert "pretrained" in (known_arguments("rehab_qwen2_5_vl") or ())
    markov = known_arguments("markov")
    assert markov and "seed" in markov and not {"training", "answers"} & markov


@pytest.mark.parametrize(
    ("wrapper", "args", "says"),
    [
        ("markov", {"seed": "many"}, "seed"),
        ("markov", {"mode": "indirect"}, "mode: 'indirect'"),
        ("rehab_qwen2_5_vl", {}, "pretrained="),
        ("rehab_qwen2_5_vl", {"batch_size": 0, "pretrained": "x"}, "batch_size: 0"),
    ],
)
def test_values_that_a_model_does_not_take(wrapper: str, args: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        make_lmms_model(wrapper, args)


def test_lmms_evals_files_that_are_not_whole_are_named(tmp_path: Path) -> None:
    """lmms-eval itself passes over errors of writing, as of a full disk."""
    path = tmp_path / "x_samples_t.jsonl"
    with pytest.raises(UserError, match=r"x_samples_t\.jsonl: could not be written.*make room"):
        _check_written(path, 2)
    path.write_text("{}\n{}", encoding="utf-8")
    with pytest.raises(UserError, match="could not be written"):
        _check_written(path, 2)
    path.write_text("{}\n{}\n", encoding="utf-8")
    _check_written(path, 2)
    with pytest.raises(UserError, match="could not be written"):
        _check_written(path, None)


def test_messages_that_cannot_be_written_are_lost(tmp_path: Path) -> None:
    for place in (tmp_path / "log", tmp_path / "no" / "folder", Path("/dev/full")):
        with _LogFile(place) as log:
            log.write("± \udcff\n")
    assert (tmp_path / "log").read_text(encoding="utf-8") == "± \\udcff\n"
