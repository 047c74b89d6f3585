from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.slurm import site as site_module
from lmms_eval_plugins.execution.slurm.site import Site, find_site, minutes_of
from tests.support.damage import any_file_like, one_line_or


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where the user's and the project's settings would be."""
    user, project = tmp_path / "home" / ".config" / "strokerehab" / "slurm.yaml", tmp_path / "project" / "slurm.yaml"
    for path in (user, project):
        path.parent.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(site_module, "working_root", lambda: project.parent)
    return user, project


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("12:00:00", 720), ("90", 90), ("1:30", 2), ("2-00", 2880), ("1-12:30", 2190), ("0:00:01", 1), ("soon", 0)],
)
def test_time_limits_are_slurms(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes


@given(st.integers(0, 30), st.integers(0, 23), st.integers(0, 59))
def test_days_hours_and_minutes_add_up(days: int, hours: int, minutes: int) -> None:
    assert minutes_of(f"{days}-{hours:02}:{minutes:02}:00") == (days * 24 + hours) * 60 + minutes


def test_the_command_line_comes_before_the_project_and_that_before_the_user(files: tuple[Path, Path]) -> None:
    user, project = files
    user.write_text("partition: mine\naccount: lab\ntime: 4:00:00\nsetup: [module load x]\nextra: {mail-type: FAIL}\n")
    project.write_text("partition: shared\nat_once: 3\n")
    site = find_site({"partition": None, "time": "2-00:00", "at_once": None})
    assert (site.partition, site.account, site.minutes, site.at_once) == ("shared", "lab", 2880, 3)
    assert site.setup == ("module load x",) and site.extra == {"mail-type": "FAIL"}
    assert find_site({"partition": "other"}).minutes == 240  # no number of base sixty


def test_without_files_there_are_defaults(files: tuple[Path, Path]) -> None:
    assert find_site({}) == Site() and Site().minutes == 720


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partitoin: gpu\n", "partitoin: unknown key; did you mean 'partition'?"),
        ("time: soon\n", "time: not a time limit as 12:00:00"),
        ("time: 2:00\n", "time: Slurm reads 2:00 as minutes:seconds; write 2:00:00 for hours:minutes, or 0:2:00"),
        ("cpus: many\n", "cpus: "),
        ("a: [\n", "line 1: not valid YAML"),
        ("- a\n", "slurm.yaml: "),
        (
            "extra: {array: 0-9}\n",
            "slurm.yaml: extra.array: --array is not for a site to give: its tasks are the shards",
        ),
        ("extra: {time: 1:00:00}\n", "slurm.yaml: extra.time: give it by the key `time`"),
        ("extra: {mail-type: [FAIL]}\n", "extra.mail-type: should be text"),
        ("mem_gb: 64\nextra: {mem-per-cpu: 4G}\n", "mem_gb and extra.mem-per-cpu say the same: give one of them"),
        ('partition: "a\\nb"\n', "partition: should be text without line breaks"),
    ],
)
def test_a_file_that_is_not_valid_is_named(files: tuple[Path, Path], text: str, message: str) -> None:
    files[1].write_text(text)
    with pytest.raises(UserError) as error:
        find_site({})
    assert str(files[1]) in str(error.value) and message in str(error.value)


def test_a_bad_option_is_named(files: tuple[Path, Path]) -> None:
    with pytest.raises(UserError, match="--time: not a time limit"):
        find_site({"time": "a while"})


def test_options_and_a_file_that_say_the_same_are_named(files: tuple[Path, Path]) -> None:
    files[0].write_text("extra: {gpus-per-node: a100:1}\n")
    with pytest.raises(UserError, match=r"^slurm.yaml and the options: gres and extra.gpus-per-node say the same"):
        find_site({"gres": "gpu:2"})


def test_gpus_are_added_unless_a_number_is_given() -> None:
    assert Site().gres_for(2) == "gpu:2" and Site(gres="gpu:a100").gres_for(4) == "gpu:a100:4"
    assert Site(gres="gpu:a100:1").gres_for(4) == "gpu:a100:1" and Site().gres_for(0) is None


@pytest.mark.parametrize(
    "text",
    [
        "setup: [module load x, export HF_TOKEN=hunter2]\n",
        "setup: ['WANDB_API_KEY=\"hunter2\" true']\n",
        "setup: [huggingface-cli login --token hf_hunter2hunter2hunter2]\n",
        "extra: {comment: 'MY_PASSWORD=hunter2'}\n",
    ],
)
def test_a_secret_for_a_script_is_refused(files: tuple[Path, Path], text: str) -> None:
    files[1].write_text(text)
    with pytest.raises(UserError, match=r"holds a secret, which would stand in a script") as error:
        find_site({})
    assert "hunter2" not in str(error.value)


def test_where_a_secret_lies_may_stand_in_a_script(files: tuple[Path, Path]) -> None:
    lines = ("export HF_TOKEN=$(cat ~/.token)", "export API_KEY=$KEY", "TOKENIZERS_PARALLELISM=false", "A_TOKEN=~/file")
    files[1].write_text(f"setup: {json.dumps(lines)}\n")
    assert find_site({}).setup == lines


@settings(deadline=None)
@given(data=st.data())
def test_any_file_has_settings_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "slurm.yaml"
    path.write_text("partition: gpu\ntime: 4:00:00\nsetup: [module load x]\nextra: {mail-type: FAIL}\nmem_gb: 64\n")
    path.write_bytes(data.draw(any_file_like([path])))
    one_line_or(lambda: site_module._read(path))
