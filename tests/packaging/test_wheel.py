"""The built wheel, installed alone: what the base install can do, and what it says about the rest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import make_dataset

ROOT = Path(__file__).resolve().parents[2]
TASK = "strokerehab_primitives_3"
EXTRA_MODULES = ("torch", "transformers", "lmms_eval", "cv2", "submitit", "wandb", "jupyterlab")
OLDEST, NEWEST = "3.10", "3.13"
ROOMS = {
    OLDEST: ("core", "domain", "dataset", "questions"),
    NEWEST: ("core", "domain", "questions"),
}
"""Rooms of the base install whose tests are run; the whole suite runs on the Python of the environment."""
MAX_MIB = 700
"""How large the base install may be."""

# Not every Python of pyenv is on the PATH, where uv looks for one.
PATH = os.pathsep.join(
    [
        str(Path(sys.executable).parent),
        *map(str, sorted(Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/*/bin"))),
        os.environ["PATH"],
    ]
)
UV = shutil.which("uv", path=PATH)

pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed")

Done = subprocess.CompletedProcess[str]


def run(*command: object, cwd: Path, timeout_s: float = 280, **settings: str) -> Done:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment = {**kept, "PATH": PATH, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "", **settings}
    return subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def uv(*arguments: object, cwd: Path) -> Done:
    assert UV
    done = run(UV, *arguments, cwd=cwd)
    if done.returncode and re.search("dns error|[Cc]onnect|timed out|network", done.stderr):
        pytest.skip("no package registry can be reached")
    return done


@dataclass(frozen=True)
class Base:
    """A virtual environment with nothing but the wheel and what it asks for."""

    folder: Path
    elsewhere: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def strokerehab(self, *arguments: object) -> Done:
        return run(self.folder / "bin/strokerehab", *arguments, cwd=self.elsewhere)

    def size_mib(self) -> float:
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return sum(path.stat().st_size for path in files if path.suffix != ".pyc") / 2**20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation", "--python", sys.executable] if find_spec("hatchling") else []
    done = uv("build", "--wheel", *isolation, "--out-dir", folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=[OLDEST, NEWEST])
def base(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Base:
    work = tmp_path_factory.mktemp("base")
    made = Base(work / "venv", work / "elsewhere")
    made.elsewhere.mkdir()
    found = uv("python", "find", "--no-project", "--no-python-downloads", request.param, cwd=work)
    if found.returncode:
        pytest.skip(f"Python {request.param} is not installed")
    assert uv("venv", "--python", found.stdout.strip(), made.folder, cwd=work).returncode == 0
    pins = ["-c", ROOT / "envs/strokerehab.txt"]  # an upload to the registry does not decide whether this passes
    done = uv("pip", "install", "--python", made.python, *pins, wheel, cwd=work)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def runs(wheel: Path, dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs by the wheel in the full environment, outside a checkout."""
    work = tmp_path_factory.mktemp("full")
    installed = work / "installed"
    done = uv("pip", "install", "--no-deps", "--target", installed, wheel, cwd=work)
    assert done.returncode == 0, done.stderr
    where = run(
        *(sys.executable, "-c", "import lmms_eval_plugins as ours; print(ours.__file__)"),
        cwd=work,
        PYTHONPATH=str(installed),
    )
    assert where.stdout.strip() == str(installed / "lmms_eval_plugins/__init__.py"), where.stderr
    done = run(
        *(sys.executable, "-m", "lmms_eval_plugins.cli", "run", "--model", "omniscient,markov", "--task", TASK),
        *("--data", dataset),
        cwd=work,
        PYTHONPATH=str(installed),
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"omniscient +3 +\d", done.stdout)
    return work / "runs"


def test_it_is_small(base: Base) -> None:
    assert base.size_mib() < MAX_MIB


def test_nothing_of_the_extras_comes_along(base: Base) -> None:
    code = f"from importlib.util import find_spec; print([m for m in {EXTRA_MODULES} if find_spec(m)])"
    assert run(base.python, "-c", code, cwd=base.elsewhere).stdout.strip() == "[]"


def test_its_types_are_for_others_too(base: Base) -> None:
    (marker,) = base.folder.glob("lib/python3*/site-packages/lmms_eval_plugins/py.typed")
    assert marker.read_text() == ""


def test_help(base: Base) -> None:
    done = base.strokerehab("--help")
    assert done.returncode == 0 and "What can a vision-language model see" in done.stdout
    verbs = re.findall(r"^  (\w+) {2,}\w", done.stdout, re.M)
    assert {"run", "score", "table", "figure", "decode", "index", "check", "import", "reproduce"} <= set(verbs)
    code = f"""
from lmms_eval_plugins.cli.app import app
from typer.testing import CliRunner
print([verb for verb in {verbs} if CliRunner().invoke(app, [verb, "--help"]).exit_code])
"""
    assert run(base.python, "-c", code, cwd=base.elsewhere).stdout.strip() == "[]"


def test_a_missing_extra_is_named_in_one_line(base: Base, dataset: Path) -> None:
    for arguments in ("run", f"run --data {dataset} --slurm", "validate", "overlay P01"):
        done = base.strokerehab(*arguments.split())
        assert done.returncode == 2, arguments
        assert re.fullmatch(
            r"error: this needs \w+, which the base install leaves out: pip install 'strokerehab-eval\[models\]'\n",
            done.stderr,
        ), arguments
    assert not list(base.elsewhere.iterdir()), "nothing was begun"


def test_runs_are_scored_decoded_tabulated_and_drawn(base: Base, runs: Path, tmp_path: Path) -> None:
    own = shutil.copytree(runs, tmp_path / "runs")
    scored = base.strokerehab("score", own)
    assert scored.returncode == 0, scored.stderr
    assert re.search(r"omniscient/\S+ +3 +88\.89", scored.stdout)
    decoded = base.strokerehab("decode", own)
    assert decoded.returncode == 0, decoded.stderr
    assert len(decoded.stdout.splitlines()) == 2 and list(own.rglob("decoded_mbr.json"))
    table = base.strokerehab("table", "dose_models", own, "--format", "csv")
    assert table.returncode == 0 and "omniscient" in table.stdout, table.stderr
    figure = base.strokerehab("figure", "rce", own, "--out", tmp_path / "rce.pdf")
    assert figure.returncode == 0, figure.stderr
    assert (tmp_path / "rce.pdf").read_bytes().startswith(b"%PDF")


def test_videos_are_indexed(base: Base, dataset: Path, tmp_path: Path) -> None:
    done = base.strokerehab("index", dataset, "--out", tmp_path / "manifest.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"{tmp_path / 'manifest.csv'}: 3 videos, 3 with labels"


def test_videos_are_checked(base: Base, dataset: Path, tmp_path: Path) -> None:
    done = base.strokerehab("check", dataset, "--html", tmp_path / "check.html")
    assert done.returncode == 0, done.stderr
    assert "0 wrong (a run refuses them), 0 doubtful (a run names them), 3 fine" in done.stdout
    assert "3 videos" in (tmp_path / "check.html").read_text()


def test_the_study_is_imported(base: Base, tmp_path: Path) -> None:
    study = ROOT.parent / "shared/vlms4rehab"
    if not study.is_dir():
        pytest.skip(f"needs the data part of a vlms4rehab checkout at {study}")
    done = base.strokerehab("import", study, "--out", tmp_path)
    assert done.returncode in (0, 3), done.stderr
    assert re.search(r"manifest\.csv: \d{3,} videos", done.stdout)


@pytest.mark.timeout(1000)
def test_what_needs_no_torch_passes_its_tests(base: Base, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The tests of rooms of the base install, with the package of the wheel in the place of the checkout's."""
    done = uv(
        *("pip", "install", "--python", base.python, "-c", ROOT / "envs/strokerehab.txt"),
        *("pytest", "pytest-timeout", "hypothesis"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and path.name not in ("lmms_eval_plugins", "tests", "runs", "data"):
            (tmp_path / path.name).symlink_to(path)
    rooms = [f"tests/{room}" for room in ROOMS[request.node.callspec.params["base"]]]
    pytest_ = (base.python, "-m", "pytest", "-p", "no:cacheprovider")
    done = run(*pytest_, *rooms, cwd=tmp_path, timeout_s=900, HYPOTHESIS_PROFILE="few")
    assert done.returncode == 0, done.stdout[-8000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) > 250
