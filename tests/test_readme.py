"""Every command in the README and the pages by user is run as a reader would run it.

The lmms-eval one is run in `end_to_end/test_evaluate.py`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.models.cards import all_cards
from tests.support.cluster import Cluster, why_not

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENGINEER = (ROOT / "docs" / "ml-engineer.md").read_text(encoding="utf-8")
PAGES = (
    README,
    *((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("researcher", "clinician", "cluster")),
    ENGINEER,
)
STUDY = ROOT.parent / "shared" / "vlms4rehab"

COMMANDS = [
    line
    for page in PAGES
    for block in re.findall(r"```bash\n(.*?)```", page, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def run(
    command: str, environment: Mapping[str, str] = MappingProxyType({}), timeout: float = 280
) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
    envs = {"STROKEREHAB_ENVS": str(Path(sys.prefix).parent)} if Path(sys.prefix).name == "strokerehab" else {}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**os.environ, **envs, "PATH": path, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


needs_environment = pytest.mark.skipif(
    not (Path(sys.prefix) / "stamp").is_file(),
    reason="not run by tests/run.sh: evaluate.sh would install an environment",
)


def command(start: str) -> str:
    """Return the one command of the pages that starts so."""
    (found,) = [str(line) for line in COMMANDS if line.startswith(start)]
    return found


def test_no_command_is_left_out() -> None:
    starts = [
        "bash evaluate.sh",
        ".envs/strokerehab/bin/strokerehab measure --run",
        "bash tests/run.sh",
        "export PATH=",
        "bash evaluate.sh --model rehab_tiny,bot --task strokerehab_sees",
        "strokerehab index",
        "strokerehab check",
        "bash evaluate.sh --data",
        "strokerehab import",
        "strokerehab validate",
        "bash evaluate.sh --model omniscient,always_transport,markov --task strokerehab_primitives_3 --model_args",
        "strokerehab score runs",
        "strokerehab score runs/",
        "strokerehab decode",
        "strokerehab table",
        "strokerehab figure",
        "strokerehab reproduce",
        "bash evaluate.sh --model rehab_tiny --task strokerehab_primitives_3 --slurm --shards 4 --dry-run",
        "bash evaluate.sh --model rehab_tiny --task strokerehab_primitives_3 --slurm --shards 4",
        "strokerehab status",
        "strokerehab merge",
        "strokerehab models",
        "strokerehab doctor",
        "bash evaluate.sh --model all --task strokerehab_primitives_3 --dry-run",
        "bash evaluate.sh --model qwen2_5_vl ",
        "bash evaluate.sh --model small,medium",
        "strokerehab cache",
        "lmms-eval ",
    ]
    assert len(COMMANDS) == len(starts)
    for line, start in zip(COMMANDS, starts, strict=True):
        assert line.startswith(start)


@pytest.mark.timeout(600)  # it renders the demo dataset and runs every task
@needs_environment
def test_first_command_prints_the_tables_shown() -> None:
    done = run(COMMANDS[0], timeout=590)
    assert done.returncode == 0, done.stderr
    shown = re.findall(r"```text\n(mean ± SEM.*?)```", README, flags=re.DOTALL)
    assert len(shown) == 2
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    for line in "\n".join(shown).splitlines():
        if not line.startswith("  rehab_tiny"):  # what a model says may differ in a few windows between processors
            assert line.rstrip() in printed
    scores = scores_of(printed)
    dose = scores["strokerehab_primitives_3"]
    assert float(dose["rehab_tiny"][1]) > (float(dose["markov"][1]) + float(dose["omniscient"][1])) / 2
    assert float(scores["strokerehab_identification_2"]["rehab_tiny"][1]) >= 90
    assert "synthetic demo scenes" in done.stdout


def scores_of(printed: list[str]) -> dict[str, dict[str, list[str]]]:
    """Task → model → the cells of its row."""
    scores: dict[str, dict[str, list[str]]] = {}
    for line in printed:
        if line.startswith("strokerehab_"):
            scores[line] = {}
        elif line.startswith("  ") and scores:
            model, *cells = line.split()
            scores[next(reversed(scores))][model] = cells
    return scores


def test_second_command_is_what_ci_calls() -> None:
    assert command("bash tests/run.sh") in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@needs_environment
def test_doses_are_measured_as_shown() -> None:
    done = run(command(".envs/strokerehab/bin/strokerehab measure").replace(".envs/strokerehab/bin/", ""))
    assert done.returncode in (0, 3), done.stderr  # 3: a run of other tests is of one patient, say
    (shown,) = re.findall(r"```text\n(patient  videos.*?)```", README, flags=re.DOTALL)
    header, _, *rows = shown.splitlines()
    assert header.split() in [line.split() for line in done.stdout.splitlines()]
    assert "75 % can be promised" in done.stdout
    for row in rows:  # what is measured may differ a little between processors, what is true may not
        patient, videos, minutes, *_ = row.split()
        true = re.findall(r"\]\s+(\d+)\s", row)[0]
        found = rf"^{patient} +{videos} +{minutes} +\d+ \[\d+, \d+\] +{true} "
        assert re.search(found, done.stdout, flags=re.MULTILINE), done.stdout


@pytest.mark.timeout(600)
@needs_environment
def test_what_answers_rest_on_is_shown_as_printed_and_in_the_report() -> None:
    done = run(command("bash evaluate.sh --model rehab_tiny,bot --task strokerehab_sees"), timeout=590)
    assert done.returncode == 0, done.stderr
    (shown,) = re.findall(r"```text\n(frames  .*?)```", README, flags=re.DOTALL)
    header, section, *rows = shown.splitlines()
    printed = done.stdout.splitlines()
    assert header.split() in [line.split() for line in printed] and section in printed
    motion = printed[printed.index(section) + 1 :]
    for row in rows:  # what a model says may differ in a few windows between processors
        frames, windows, area = _frames_windows_area(row)
        found = next(_frames_windows_area(line) for line in motion if line.startswith(frames))
        assert found[1] == windows and abs(float(found[2]) - float(area)) < 0.05
    assert "motion: not told from chance on grey frames" in " ".join(done.stdout.split())
    (report,) = re.findall(r"^report: (\S+)", done.stdout, flags=re.MULTILINE)
    data = (ROOT / Path(report).parent / "data" / "overview.js").read_text(encoding="utf-8")
    assert {"freeze", "hand_out", "swap"} <= {*re.findall(r'"perturbation": ?"(\w+)"', data)}
    assert [
        *(ROOT / Path(report).parent / "frames").glob("*/10/*.jpg")
    ]  # the eleventh way of showing a video's windows


def _frames_windows_area(row: str) -> tuple[str, ...]:
    found = re.match(r"([a-z_]+(?: is)?) +(\d+) +([\d.]+)", row)
    assert found, row
    return found.groups()


@needs_environment
def test_tasks_are_validated() -> None:
    done = run(command("strokerehab validate"))
    assert done.returncode == 0, done.stderr
    assert "strokerehab_primitives_2" in done.stdout and "strokerehab_ia2_3_30" in done.stdout


@needs_environment
def test_dry_run_says_what_would_run() -> None:
    done = run(command("bash evaluate.sh --model omniscient,always_transport,markov"))
    assert done.returncode == 0, done.stderr
    assert "nothing was asked" in done.stdout


def test_the_table_of_models_is_what_the_cards_say() -> None:
    chapter = ENGINEER.partition("\n## Models\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+`) \| `(strokerehab\w*)` \| ", chapter, flags=re.MULTILINE)
    told = {name: environment for names, environment in rows for name in re.findall(r"`(\w+)`", names)}
    cards = {card.name: card for card in all_cards([shipped("models")])}
    looking = {name: card.environment for name, card in cards.items() if card.looks and not card.demo_only}
    assert told == looking
    others = re.findall(r"^\| `(\w+)` \| [^`]", chapter, flags=re.MULTILINE)
    assert set(others) == cards.keys() - looking.keys()


@needs_environment
def test_models_are_listed_and_the_machine_is_examined() -> None:
    listed = run(command("strokerehab models"))
    assert listed.returncode == 0, listed.stderr
    assert "qwen2_5_vl_72b" in listed.stdout and "this machine: " in listed.stdout
    examined = run(command("strokerehab doctor"))
    assert examined.returncode in (0, 3), examined.stderr
    assert "hub cache" in examined.stdout


@needs_environment
def test_all_models_are_planned() -> None:
    done = run(command("bash evaluate.sh --model all --task strokerehab_primitives_3 --dry-run"))
    assert done.returncode == 0, done.stderr
    assert "20 models × 1 task" in done.stdout
    assert "internvl3p5_241b_a28b" in done.stdout and "bash setup_envs.sh strokerehab_vila" in done.stdout


@needs_environment
def test_checkpoint_of_the_family_runs(tiny_qwen: Path, mini_dataset: Path, tmp_path: Path) -> None:
    line = command("bash evaluate.sh --model qwen2_5_vl ").replace("path/to/checkpoint", str(tiny_qwen))
    done = run(f"{line} --limit 1 --data '{mini_dataset}' --log_path '{tmp_path}'")
    assert done.returncode == 0, done.stderr


@needs_environment
def test_hub_models_are_planned(mini_dataset: Path) -> None:
    line = command("bash evaluate.sh --model small,medium").replace("path/to/dataset", str(mini_dataset))
    done = run(f"{line} --dry-run")
    assert done.returncode == 0, done.stderr
    assert "qwen2_5_vl_7b" in done.stdout
    assert "qwen2_5_vl_32b" in done.stdout


@needs_environment
def test_own_videos_are_indexed_and_evaluated(mini_dataset: Path, tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    shutil.copytree(mini_dataset, videos)
    (videos / "manifest.csv").unlink()
    done = run(command("strokerehab index").replace("path/to/videos", str(videos)))
    assert done.returncode == 0, done.stderr
    assert (videos / "manifest.csv").is_file()
    page = tmp_path / "check.html"
    done = run(command("strokerehab check").replace("path/to/videos", str(videos)).replace("check.html", str(page)))
    assert done.returncode == 0, done.stderr
    assert "0 wrong (a run refuses them), 0 doubtful (a run names them), 3 fine" in done.stdout
    assert page.is_file()
    line = command("bash evaluate.sh --data").replace("path/to/videos", str(videos))
    done = run(f"{line} --log_path '{tmp_path / 'runs'}'")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not STUDY.is_dir(), reason="the study's metadata (../shared/vlms4rehab) is not here")
def test_study_is_imported(tmp_path: Path) -> None:
    done = run(command("strokerehab import").replace("path/to/vlms4rehab", str(STUDY)) + f" --out '{tmp_path}'")
    assert done.returncode == 0, done.stderr
    assert "5775 videos" in done.stdout


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "here")
@needs_environment
def test_the_cluster_commands_submit_survive_a_requeue_merge_and_print_the_table(tmp_path: Path) -> None:
    dry, submit = [line for line in COMMANDS if "--slurm" in line]
    cluster = Cluster(tmp_path)
    cluster.start_or_skip()
    try:
        path = f"{Path(sys.prefix) / 'bin'}:{cluster.environment['PATH']}"
        there = {"SLURM_CONF": cluster.environment["SLURM_CONF"], "PATH": path}
        done = run(dry, there)
        assert done.returncode == 0 and "nothing was submitted" in done.stdout, done.stderr
        done = run(submit, there)
        assert done.returncode == 0, done.stderr
        found = re.search(r"rehab_tiny: job (\d+), 4 tasks, then job (\d+) merges", done.stderr)
        assert found, done.stderr
        array, merge = found.groups()
        cluster.wait_for(lambda: cluster.states(array).get(f"{array}_0") == "RUNNING", "a task runs")
        cluster.run("scontrol", "requeue", f"{array}_0")
        cluster.wait_for_end(array, merge, seconds=200)
        assert cluster.restarts(f"{array}_0") == 1
        done = run(command("strokerehab status"), there)
        assert "4 of 4 shards done, 36 of 36 videos; merged (finished)" in done.stdout, done.stdout + done.stderr
        done = run(command("strokerehab merge"), there)
        assert done.returncode == 0, done.stderr
        ((_, *cells),) = [line.split() for line in done.stdout.splitlines() if line.startswith("  rehab_tiny")]
        assert cells[0] == "36" and float(cells[1]) > 70
    finally:
        cluster.stop()
    runs = sorted((ROOT / "runs" / "strokerehab_primitives_3" / "rehab_tiny").glob("*/scores.json"))
    every = [((path.parent / "shards.json").is_file(), json.loads(path.read_text())) for path in runs]
    scores = {sharded: of_run for sharded, of_run in every if of_run["n"] == 36}  # of all videos; the newest count
    assert scores[True]["n"] == 36
    if False in scores:  # the first command ran before
        assert scores[True] == scores[False]


@needs_environment
def test_runs_are_scored() -> None:
    plain, decoded = [line for line in COMMANDS if line.startswith("strokerehab score")]
    done = run(plain)
    assert done.returncode == 0, done.stderr
    assert "omniscient" in done.stdout
    done = run(decoded)
    assert done.returncode in (0, 3), done.stderr  # 3: a run of other tests is of one patient, say
    assert "blind control" in done.stdout


@needs_environment
def test_runs_are_decoded() -> None:
    done = run(command("strokerehab decode"))
    assert done.returncode in (0, 3), done.stderr
    assert done.stdout.split()[0].endswith("decoded_mbr.json")


@needs_environment
def test_what_is_kept_is_shown() -> None:
    done = run(command("strokerehab cache"))
    assert done.returncode == 0, done.stderr
    assert "answers" in done.stdout


@needs_environment
def test_tables_and_figures_are_made(tmp_path: Path) -> None:
    done = run(command("strokerehab table"))
    assert done.returncode == 0, done.stderr
    assert "omniscient" in done.stdout
    done = run(command("strokerehab figure") + f" --out '{tmp_path}'")
    assert done.returncode in (0, 3), done.stderr  # 3: runs of other tests hold no counting task, say
    assert list(tmp_path.glob("*.png"))


@pytest.mark.skipif(not STUDY.is_dir(), reason="the study's logs (../shared/vlms4rehab) are not here")
def test_study_is_reproduced(tmp_path: Path) -> None:
    line = command("strokerehab reproduce").replace("path/to/vlms4rehab", str(STUDY))
    done = run(f"{line} --out '{tmp_path / 'reproduction.md'}'")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reproduction.md").read_text() == (ROOT / "docs" / "reproduction.md").read_text()


def test_the_five_lines_of_a_new_model_are_a_card(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "new-model.md").read_text(encoding="utf-8")
    name = re.search(r"my-cards/(\w+)\.yaml", page)
    lines = re.search(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    assert name and lines and len(lines[1].splitlines()) == 5
    (tmp_path / f"{name[1]}.yaml").write_text(lines[1], encoding="utf-8")
    done = run(
        f"strokerehab run --models '{tmp_path}' --model {name[1]} --task strokerehab_primitives_3 --limit 1 --dry-run"
    )
    assert done.returncode == 0, done.stderr
    assert "1 model × 1 task" in done.stdout
