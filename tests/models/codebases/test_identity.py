from __future__ import annotations

import json
from pathlib import Path

import huggingface_hub
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.codebases.identity import checkpoint_identity, installed
from tests.support.stand_ins.environment import COMMIT, make_checkpoint, make_environment


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    one, same = make_checkpoint(tmp_path / "one"), make_checkpoint(tmp_path / "same")
    assert checkpoint_identity(str(one), None).marks == checkpoint_identity(str(same), None).marks
    (same / "llm").mkdir()
    (same / "llm/model.safetensors").write_bytes(b"more")
    assert checkpoint_identity(str(one), None).marks != checkpoint_identity(str(same), None).marks


def test_a_name_on_the_hub_is_known_by_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def download(name: str, file: str, revision: str | None) -> str:
        given.append((name, file, revision))
        return f"/cache/models--lab--m/snapshots/{COMMIT}/config.json"

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    found = checkpoint_identity("lab/m", "main")
    assert given == [("lab/m", "config.json", "main")]
    assert (found.name, found.revision, found.marks) == ("lab/m", COMMIT, ["lab/m", COMMIT])


def test_checkpoints_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> str:
        raise OSError("403 Client Error.\nAccess is restricted")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    (tmp_path / "empty").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half/config.json").write_text("{}")
    for given, problem in (
        (tmp_path / "nowhere", "no such folder"),
        (tmp_path / "empty", r"holds no checkpoint \(no config.json\)"),
        (tmp_path / "half", "holds no weights"),
        ("lab/gated", r"lab/gated: no such checkpoint at revision v1 .*\(403 Client Error.\); check"),
    ):
        with pytest.raises(UserError, match=problem):
            checkpoint_identity(str(given), "v1")


def test_versions_of_another_environment(tmp_path: Path) -> None:
    python = make_environment(tmp_path, "strokerehab_llava", [])
    assert installed(python, ("llava", "torch")) == {"llava": f"1.7.0 at {COMMIT}", "torch": None}
    clone = tmp_path / "my clone/.git"
    clone.mkdir(parents=True)
    (clone / "HEAD").write_text("f" * 40 + "\n")
    (origin,) = python.parent.parent.glob("lib/*/site-packages/*/direct_url.json")
    origin.write_text(json.dumps({"url": clone.parent.as_uri(), "dir_info": {"editable": True}}))
    assert installed(python, ("llava",)) == {"llava": f"1.7.0 at {'f' * 40}"}
    assert installed(tmp_path / "nowhere/bin/python", ("llava",)) == {"llava": None}
