"""The shell scripts, run on a copy of the project with stub programs that only record how they were called."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [
    ROOT / name
    for name in ("setup_envs.sh", "evaluate.sh", "envs/lock.sh", "tests/run.sh", ".ci/run", "benchmarks/gpu.sh")
]

# A Python: knows its version, makes virtual environments whose python is itself, "installs" uv, knows pip's settings.
PYTHON = r"""#!/bin/bash
case "$*" in
  *version_info*) cat "$STUBS/version-$(basename "$0")" 2>/dev/null || echo 3.11; exit ;;
esac
printf 'python %s\n' "$*" >>"$STUBS/calls"
case "$*" in
  "-m venv "*) [ -z "$STUB_NO_VENV" ] && mkdir -p "$4/bin" && cp "$STUBS/stub-python" "$4/bin/python" ;;
  "-m pip install --quiet uv"*) cp "$STUBS/stub-uv" "$(dirname "$0")/uv" ;;
  "-m pip config list") printf '%s\n' "$STUB_PIP_CONFIG" ;;
  *check.py*) [ -z "$STUB_CHECK_FAILS" ] ;;
esac
"""
# uv: makes virtual environments, installs the project's command, fails or dawdles on demand.
UV = r"""#!/bin/bash
[ "$*" != --version ] || exit 0
printf 'uv %s%s\n' "$*" "${UV_DEFAULT_INDEX:+ [index $UV_DEFAULT_INDEX]}" >>"$STUBS/calls"
case "$1 ${STUB_UV_NEEDS_INDEX:+needs index}${UV_DEFAULT_INDEX:+, has it}" in
  "pip needs index") echo "cannot reach the registry" >&2; exit 2 ;;
esac
case "$*" in
  "venv "*)
    [ -z "$STUB_UV_HAS_NO_PYTHON" ] || { echo "no interpreter found for Python $4" >&2; exit 2; }
    [ -z "$(ls -A "$5" 2>/dev/null)" ] || { echo "a directory already exists at: $5" >&2; exit 2; }
    mkdir -p "$5/bin"; cp "$STUBS/stub-python" "$5/bin/python"; touch "$5/pyvenv.cfg"
    ;;
  *" -r "*) sleep "${STUB_UV_SECONDS:-0}" ;;
  *" -e "*)
    command=$(dirname "$5")/strokerehab
    printf '#!/bin/bash\nprintf "<%%s>" "$PWD" "$@"\nprintf "[%%s]" "$PYTHONPATH"\n' >"$command"
    chmod +x "$command"
    ;;
esac
"""


PINNED_SOURCE = re.compile(
    r"([\w-]+ @ )?((git\+)?https://github\.com/[\w-]+/[\w.-]+@[0-9a-f]{40}(#subdirectory=\w+)?"
    r"|https://github\.com/[\w-]+/[\w-]+/releases/download/v[\d.]+/[\w.+-]+\.whl)"
)

Done = subprocess.CompletedProcess[str]


class Sandbox:
    """A copy of the scripts in a path with spaces, with only stubs and the system's tools on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my project"
        self.envs = folder / "my envs"
        self.env = self.envs / "strokerehab"
        self.stubs = folder / "stubs"
        self.bin = self.stubs / "bin"
        (self.root / "envs").mkdir(parents=True)
        self.bin.mkdir(parents=True)
        for name in ("setup_envs.sh", "evaluate.sh"):
            shutil.copy(ROOT / name, self.root)
        settings = 'about="all there is"\nsize="3 GB"\npython=">=3.10,<3.14"\nmodules="numpy av"\n'
        (self.root / "envs/strokerehab.conf").write_text(settings)
        (self.root / "envs/strokerehab.txt").write_text("numpy==2.4.6\nuv==0.13.9  # via strokerehab-eval\n")
        (self.root / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.ruff]\nline-length = 100\n')
        for tool in ("bash", "awk", "cat", "cksum", "cp", "cut", "dirname", "basename", "du", "flock", "grep"):
            self.link(tool)
        for tool in ("chmod", "ls", "mkdir", "mv", "rm", "sed", "sleep", "touch"):
            self.link(tool)
        self.program(self.stubs / "stub-python", PYTHON)
        self.program(self.stubs / "stub-uv", UV)
        self.program(self.bin / "python3", PYTHON)

    def link(self, tool: str) -> None:
        if found := shutil.which(tool):
            (self.bin / tool).symlink_to(found)

    @staticmethod
    def program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def environment(self, **settings: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "STROKEREHAB_ENVS": str(self.envs), "STUBS": str(self.stubs), **settings}

    def run(self, script: str, *args: str, **settings: str) -> Done:
        return self.run_in(self.root, script, *args, **settings)

    def run_in(self, cwd: Path, script: str, *args: str, **settings: str) -> Done:
        return subprocess.run(
            ["bash", str(self.root / script), *args],
            env=self.environment(**settings),
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def setup(self, *args: str, **settings: str) -> Done:
        done = self.run("setup_envs.sh", *args, **settings)
        assert done.returncode == 0, done.stderr
        return done

    def calls(self) -> list[str]:
        """Return the calls since the previous time, with names in place of the sandbox's folders."""
        calls = self.calls_so_far()
        (self.stubs / "calls").unlink(missing_ok=True)
        return calls

    def calls_so_far(self) -> list[str]:
        """Return the same and leave them there: a program at work may be adding to them."""
        log = self.stubs / "calls"
        text = log.read_text() if log.exists() else ""
        named = {str(self.env): "ENV", str(self.envs): "ENVS", str(self.root): "ROOT"}
        for path, name in named.items():
            text = text.replace(path, name)
        return text.splitlines()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    yield Sandbox(tmp_path)


BRING_UV = ["python -m venv --clear ENVS/.uv", "python -m pip install --quiet uv==0.13.9"]
CREATE = "uv venv --quiet --python >=3.10,<3.14 ENV"
PACKAGES = "uv pip install --quiet --python ENV/bin/python --no-deps --compile-bytecode -r ROOT/envs/strokerehab.txt"
PROJECT = "uv pip install --quiet --python ENV/bin/python --no-deps --no-build-isolation -e ROOT"
UPDATE = [PACKAGES, PROJECT]
BUILD = [CREATE, *UPDATE]


def test_shellcheck() -> None:
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run([shellcheck, *map(str, SCRIPTS)], check=True)


@pytest.mark.parametrize("script", ["setup_envs.sh", "evaluate.sh"])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_needs_no_environment(sandbox: Sandbox, script: str, flag: str) -> None:
    done = sandbox.run(script, flag)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: bash " + script)
    assert not sandbox.calls() and not sandbox.envs.exists()


def test_unknown_environment(sandbox: Sandbox) -> None:
    done = sandbox.run("setup_envs.sh", "strokerehap")
    assert done.returncode == 2
    assert done.stderr == "setup_envs.sh: 'strokerehap' is neither an option nor an environment; known: strokerehab\n"


def test_builds_once_and_then_does_nothing(sandbox: Sandbox) -> None:
    sandbox.setup()
    assert sandbox.calls() == [*BRING_UV, *BUILD]
    before = {path: path.stat().st_mtime_ns for path in sandbox.envs.rglob("*")}
    assert "up to date" in sandbox.setup().stderr
    assert sandbox.setup("strokerehab", "--quiet").stderr == ""
    assert sandbox.calls() == []
    assert before == {path: path.stat().st_mtime_ns for path in sandbox.envs.rglob("*")}


def test_uses_the_uv_that_is_there(sandbox: Sandbox) -> None:
    sandbox.program(sandbox.bin / "uv", UV)
    sandbox.setup()
    assert sandbox.calls() == BUILD
    assert not (sandbox.envs / ".uv").exists()


def test_only_what_is_installed_counts(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.calls()
    pyproject = sandbox.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("line-length = 100", "line-length = 120"))
    sandbox.setup()
    assert sandbox.calls() == []
    pyproject.write_text(pyproject.read_text().replace('name = "x"', 'name = "x"\ndependencies = ["numpy"]'))
    sandbox.setup()
    assert sandbox.calls() == UPDATE, "updated in place"
    with (sandbox.root / "envs/strokerehab.txt").open("a") as file:
        file.write("pandas==3.1.1\n")
    sandbox.setup()
    assert sandbox.calls() == UPDATE
    assert sandbox.setup().stderr.endswith("up to date in " + str(sandbox.env) + "\n")


def test_a_failed_or_killed_build_is_repaired(sandbox: Sandbox) -> None:
    done = sandbox.run("setup_envs.sh", STUB_UV_NEEDS_INDEX="1")
    assert done.returncode == 2
    assert "setup_envs.sh: strokerehab: the packages could not be installed." in done.stderr.splitlines()[-1]
    assert "cannot reach the registry" in done.stderr
    assert not (sandbox.env / "stamp").exists()
    sandbox.calls()

    process = subprocess.Popen(
        ["bash", str(sandbox.root / "setup_envs.sh")],
        env=sandbox.environment(STUB_UV_SECONDS="0.6"),
        stderr=subprocess.DEVNULL,
    )
    while PACKAGES not in sandbox.calls_so_far():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for number in range(1500):  # more names than a pipe holds
        (sandbox.env / f"{number:060}").touch()
    sandbox.calls()
    sandbox.setup()
    assert sandbox.calls() == BUILD
    assert (sandbox.env / "stamp").exists()


def test_a_vanished_python_means_a_new_environment(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.calls()
    (sandbox.env / "bin/python").unlink()
    (sandbox.env / "bin/python").symlink_to("/nowhere/python3")
    sandbox.setup()
    assert sandbox.calls() == BUILD


def test_another_python_by_name_means_a_new_environment(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.calls()
    sandbox.program(sandbox.bin / "python3.13", PYTHON)
    (sandbox.stubs / "version-python3.13").write_text("3.13\n")
    sandbox.setup(STROKEREHAB_PYTHON="python3")
    assert sandbox.calls() == [], "the same version"
    sandbox.setup(STROKEREHAB_PYTHON="python3.13")
    assert sandbox.calls() == [CREATE.replace(">=3.10,<3.14", "python3.13"), *UPDATE]


def test_a_moved_project_means_an_update_and_a_moved_environment_a_new_one(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.root = sandbox.root.rename(sandbox.root.with_name("elsewhere"))
    sandbox.calls()
    sandbox.setup()
    assert sandbox.calls() == UPDATE
    sandbox.envs = sandbox.envs.rename(sandbox.envs.with_name("other envs"))
    sandbox.env = sandbox.envs / "strokerehab"
    sandbox.setup()
    assert sandbox.calls() == BUILD


def test_a_second_checkout_shares_the_environment_and_never_takes_it_over(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.setup()
    before = (sandbox.env / "stamp").read_text()
    first, sandbox.root = sandbox.root, Path(shutil.copytree(sandbox.root, tmp_path / "second one"))
    for root in (first, sandbox.root):
        (root / "lmms_eval_plugins").mkdir()
    sandbox.calls()
    done = sandbox.run_in(tmp_path, "evaluate.sh", "--limit", "2")
    assert done.returncode == 0 and done.stdout == f"<{tmp_path}><run><--limit><2>[{sandbox.root}]"
    shared = (
        f"strokerehab: {sandbox.env} is installed for {first}: evaluate.sh of {sandbox.root} runs its own code in it;"
    )
    assert done.stderr == f"{shared} bin/strokerehab there runs the other\n"
    with (sandbox.root / "envs/strokerehab.txt").open("a") as file:
        file.write("pandas==3.1.1\n")
    done = sandbox.run("evaluate.sh")
    assert done.returncode == 2 and done.stdout == ""
    wanted = f"is installed for {first}, which pins other packages than {sandbox.root} or another Python: set STROKE"
    assert wanted in done.stderr and len(done.stderr.splitlines()) == 1
    assert sandbox.run("setup_envs.sh", "--dry-run").returncode == 2
    assert sandbox.calls() == [] and (sandbox.env / "stamp").read_text() == before
    done = sandbox.setup("--take-over")
    assert f"was installed for {first}: now for {sandbox.root}" in done.stderr
    assert sandbox.calls() == UPDATE and str(sandbox.root) in (sandbox.env / "stamp").read_text()


def test_another_python_of_another_checkout_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.setup()
    (sandbox.root / "lmms_eval_plugins").mkdir()
    sandbox.root = Path(shutil.copytree(sandbox.root, tmp_path / "second one"))
    sandbox.calls()
    sandbox.program(sandbox.bin / "python3.13", PYTHON)
    (sandbox.stubs / "version-python3.13").write_text("3.13\n")
    done = sandbox.run("setup_envs.sh", STROKEREHAB_PYTHON="python3.13")
    assert done.returncode == 2 and "or another Python" in done.stderr and sandbox.calls() == []


def test_the_folder_may_be_written_in_any_way(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.setup()
    sandbox.calls()
    for given in ("my envs", "my envs//", "~/my envs", f"{sandbox.envs}/"):
        done = sandbox.run_in(tmp_path, "evaluate.sh", STROKEREHAB_ENVS=given, HOME=str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (0, f"<{tmp_path}><run>[{sandbox.root}]", ""), given
    assert sandbox.calls() == []


@pytest.mark.parametrize("where", ["/proc/none", "a file", "a file/below"])
def test_a_folder_that_cannot_be_written_is_one_line(sandbox: Sandbox, tmp_path: Path, where: str) -> None:
    (tmp_path / "a file").touch()
    done = sandbox.run_in(tmp_path, "evaluate.sh", STROKEREHAB_ENVS=where)
    assert done.returncode == 2
    folder = where if where.startswith("/") else f"{tmp_path}/{where}"
    says = f"cannot write to {folder}: set STROKEREHAB_ENVS to a folder where you can"
    assert done.stderr == f"setup_envs.sh: {says}\n"


def test_a_build_that_was_killed_before_it_was_an_environment_is_repaired(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.calls()
    for path in (sandbox.env / "stamp", sandbox.env / "pyvenv.cfg"):
        path.unlink()
    (sandbox.envs / ".strokerehab.unfinished").touch()
    sandbox.setup()
    assert sandbox.calls() == BUILD and not (sandbox.envs / ".strokerehab.unfinished").exists()


def test_two_calls_at_once_build_once(sandbox: Sandbox) -> None:
    if not shutil.which("flock"):
        pytest.skip("no flock here")
    command = ["bash", str(sandbox.root / "setup_envs.sh")]
    settings = sandbox.environment(STUB_UV_SECONDS="0.4")
    both = [subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    messages = [process.communicate(timeout=30)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], messages
    assert sandbox.calls() == [*BRING_UV, *BUILD]
    assert sum("waiting for it" in message for message in messages) == 1


def test_no_fitting_python(sandbox: Sandbox) -> None:
    done = sandbox.run("setup_envs.sh", STUB_UV_HAS_NO_PYTHON="1")
    assert done.returncode == 2
    assert "no interpreter found for Python >=3.10,<3.14" in done.stderr
    missing = f"strokerehab: no environment in {sandbox.env}. It needs Python >=3.10,<3.14"
    assert done.stderr.splitlines()[-1] == f"setup_envs.sh: {missing}; name one: STROKEREHAB_PYTHON=/path/to/python3"
    for version in ("none", "2.7", "3.9", "3.14"):
        (sandbox.stubs / "version-python3").write_text(version + "\n")
        done = sandbox.run("setup_envs.sh", STROKEREHAB_PYTHON="python3")
        problem = "STROKEREHAB_PYTHON=python3 is no Python >=3.10,<3.14, which strokerehab needs"
        assert (done.returncode, done.stderr) == (2, f"setup_envs.sh: {problem}\n")


def test_without_uv_and_without_venv(sandbox: Sandbox) -> None:
    done = sandbox.run("setup_envs.sh", STUB_NO_VENV="1")
    assert done.returncode == 2 and "Install uv, or on Debian and Ubuntu python3-venv" in done.stderr
    sandbox.calls()
    sandbox.program(sandbox.bin / "uv", UV)
    sandbox.setup(STUB_NO_VENV="1")
    assert sandbox.calls() == BUILD


def test_check(sandbox: Sandbox) -> None:
    sandbox.setup()
    sandbox.calls()
    sandbox.setup("--check", "--quiet")
    assert sandbox.calls() == ["python -I ROOT/envs/check.py numpy av"]
    done = sandbox.run("setup_envs.sh", "--check", STUB_CHECK_FAILS="1")
    assert done.returncode == 2
    remedy = f"Build it anew: rm -r '{sandbox.env}' && bash setup_envs.sh strokerehab"
    assert done.stderr.splitlines()[-1] == f"setup_envs.sh: strokerehab: something is missing. {remedy}"


def test_what_check_prints() -> None:
    check = [sys.executable, "-I", str(ROOT / "envs/check.py")]
    good = subprocess.run([*check, "numpy", "yaml"], capture_output=True, text=True)
    assert good.returncode == 0
    assert re.search(r"^  Python 3\.\d+", good.stdout) and re.search(r"^  numpy \d+\.\d+", good.stdout, re.M)
    bad = subprocess.run([*check, "numpy", "no_such_module"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert "  no_such_module: ModuleNotFoundError: No module named 'no_such_module'" in bad.stdout.splitlines()


def test_pip_settings_are_handed_to_uv_when_it_fails(sandbox: Sandbox) -> None:
    config = "global.index-url='https://mirror.example/simple'"
    sandbox.setup(STUB_UV_NEEDS_INDEX="1", STUB_PIP_CONFIG=config)
    index = " [index https://mirror.example/simple]"
    told = [*BRING_UV, CREATE, PACKAGES, "python -m pip config list", PACKAGES + index, PROJECT + index]
    assert sandbox.calls() == told
    written = [path for path in sandbox.env.rglob("*") if path.is_file() and b"mirror.example" in path.read_bytes()]
    assert not written


def test_a_foreign_folder_is_left_alone(sandbox: Sandbox) -> None:
    sandbox.env.mkdir(parents=True)
    (sandbox.env / "thesis.tex").write_text("years of work")
    done = sandbox.run("setup_envs.sh")
    assert done.returncode == 2 and "a directory already exists" in done.stderr
    assert (sandbox.env / "thesis.tex").read_text() == "years of work"


def test_evaluate_builds_then_passes_everything_on(sandbox: Sandbox, tmp_path: Path) -> None:
    here = tmp_path / "where I am"
    here.mkdir()
    args = ["--model", "omniscient,markov", "--model_args", "a=b c,d=e", "--limit", "2"]
    done = sandbox.run_in(here, "evaluate.sh", *args)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(f"<{word}>" for word in [here, "run", *args]) + f"[{sandbox.root}]"
    assert sandbox.calls() == [*BRING_UV, *BUILD]
    again = sandbox.run_in(here, "evaluate.sh")
    assert (again.stdout, again.stderr) == (f"<{here}><run>[{sandbox.root}]", "")
    assert sandbox.calls() == []


def test_evaluate_as_a_slurm_job(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.setup()
    spool = tmp_path / "spool"
    spool.mkdir()
    script = Path(shutil.copy(ROOT / "evaluate.sh", spool / "slurm_script"))
    job = sandbox.environment(SLURM_JOB_ID="7", SLURM_SUBMIT_DIR=str(sandbox.root))
    done = subprocess.run(["bash", str(script)], env=job, cwd=sandbox.root, capture_output=True, text=True)
    assert done.stdout == f"<{sandbox.root}><run>[{sandbox.root}]", done.stderr
    job["SLURM_SUBMIT_DIR"] = str(spool)
    done = subprocess.run(["bash", str(script)], env=job, cwd=spool, capture_output=True, text=True)
    assert done.returncode == 2 and "call sbatch from the project's folder" in done.stderr


ENVIRONMENTS = sorted(path.stem for path in (ROOT / "envs").glob("*.conf"))


def real_lists(sandbox: Sandbox) -> None:
    sandbox.program(sandbox.bin / "git", '#!/bin/bash\n[ -z "$STUB_GIT_FAILS" ]\n')
    for path in [*(ROOT / "envs").glob("*.txt"), *(ROOT / "envs").glob("*.conf")]:
        shutil.copy(path, sandbox.root / "envs")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_commands_of_every_environment(sandbox: Sandbox, name: str) -> None:
    """Golden: the commands on a machine that has Python and nothing else."""
    real_lists(sandbox)
    pinned = re.search(r"^uv==\S+", (ROOT / "envs/strokerehab.txt").read_text(), re.M)
    assert pinned
    vllm = dict.fromkeys(("strokerehab_vllm", "strokerehab_vllm_cpu"), 13)
    newest = {"strokerehab": 13, "strokerehab_pose": 12, "strokerehab_vila": 10, **vllm}.get(name, 11)
    oldest = 11 if name in vllm else 10
    install = "ENVS/.uv/bin/uv pip install --quiet --python ENVS/NAME/bin/python --no-deps"
    expected = [
        "python3 -m venv --clear ENVS/.uv",
        f"ENVS/.uv/bin/python -m pip install --quiet {pinned[0]}",
        f"ENVS/.uv/bin/uv venv --quiet --python \\>=3.{oldest}\\,\\<3.{newest + 1} ENVS/NAME",
        f"{install} --compile-bytecode -r ROOT/envs/NAME.txt",
    ]
    if name == "strokerehab":
        expected.append(f"{install} --no-build-isolation -e ROOT")
    if name == "strokerehab_vila":
        commit = "b760c34b9487fd736b4075f5111fbef3d80a37e9"
        expected += [
            "git clone --filter=blob:none --no-checkout https://github.com/NVlabs/VILA ENVS/NAME/src/VILA",
            f"git -C ENVS/NAME/src/VILA checkout {commit}",
            f"{install} -e ENVS/NAME/src/VILA",
        ]
    done = sandbox.setup(name, "--dry-run")
    commands = done.stdout.replace(f"{sandbox.stubs.parent}/my\\ envs", "ENVS").replace(f"envs/{name}", "envs/NAME")
    commands = commands.replace(f"{sandbox.stubs.parent}/my\\ project", "ROOT").replace(f"ENVS/{name}", "ENVS/NAME")
    assert commands.splitlines() == expected
    assert "GB to download" in done.stderr
    assert not sandbox.envs.exists() and not sandbox.calls(), "nothing was done"


def test_a_dry_run_of_an_environment_that_exists(sandbox: Sandbox) -> None:
    sandbox.setup()
    assert sandbox.setup("--dry-run").stdout == ""
    with (sandbox.root / "envs/strokerehab.txt").open("a") as file:
        file.write("pandas==3.1.1\n")
    assert len(sandbox.setup("--dry-run").stdout.splitlines()) == 2, "packages and project"
    assert (sandbox.env / "stamp").exists()


def test_other_environments_get_no_project(sandbox: Sandbox) -> None:
    real_lists(sandbox)
    sandbox.setup("strokerehab", "strokerehab_pose")
    assert sandbox.calls()[-2:] == [
        "uv venv --quiet --python >=3.10,<3.13 ENV_pose",
        "uv pip install --quiet --python ENV_pose/bin/python --no-deps --compile-bytecode"
        " -r ROOT/envs/strokerehab_pose.txt",
    ]
    sandbox.root = sandbox.root.rename(sandbox.root.with_name("elsewhere"))
    assert "up to date" in sandbox.setup("strokerehab_pose").stderr, "a moved project does not concern it"
    with (sandbox.root / "pyproject.toml").open("a") as file:
        file.write("dependencies = []\n")
    assert "up to date" in sandbox.setup("strokerehab_pose").stderr


def test_the_uv_of_the_main_environment_is_good_enough(sandbox: Sandbox) -> None:
    real_lists(sandbox)
    (sandbox.env / "bin").mkdir(parents=True)
    sandbox.program(sandbox.env / "bin/uv", UV)
    sandbox.setup("strokerehab_pose")
    assert [call.split()[0] for call in sandbox.calls()] == ["uv", "uv"]


def test_a_failed_download_is_resumed(sandbox: Sandbox) -> None:
    real_lists(sandbox)
    done = sandbox.run("setup_envs.sh", "strokerehab_llava", STUB_UV_NEEDS_INDEX="1")
    assert done.returncode == 2 and "downloads are kept, call again" in done.stderr
    sandbox.calls()
    sandbox.setup("strokerehab_llava")
    assert [call.split()[0] for call in sandbox.calls()] == ["uv", "uv"]
    assert (sandbox.envs / "strokerehab_llava/stamp").exists()
    done = sandbox.run("setup_envs.sh", "strokerehab_vila", STUB_GIT_FAILS="1")
    assert done.returncode == 2 and "https://github.com/NVlabs/VILA could not be installed" in done.stderr
    sandbox.setup("strokerehab_vila")


def test_pins_record_no_place() -> None:
    for path in sorted((ROOT / "envs").glob("strokerehab*")):
        text = path.read_text()
        places = [line for line in text.splitlines() if "://" in line]
        places = [re.sub('^(source|clone)="|"$', "", line) for line in places]
        assert all(PINNED_SOURCE.fullmatch(place) for place in places), path
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert os.sep + "home" not in text and os.sep + "tmp" not in text


def test_the_main_environment_has_its_tools() -> None:
    text = (ROOT / "envs/strokerehab.txt").read_text()
    assert "lmms-eval==0.7.3" in text and "\nuv==" in text and "\nhatchling==" in text


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_has_settings_and_pins(name: str) -> None:
    settings = dict(word.split("=", 1) for word in shlex.split((ROOT / f"envs/{name}.conf").read_text()))
    assert {"about", "size", "python", "modules"} <= settings.keys()
    assert settings.keys() <= {"about", "size", "python", "modules", "clone", "without", "instead", "source"}
    assert re.fullmatch(r">=3\.\d+,<3\.\d+", settings["python"])
    pins = (ROOT / f"envs/{name}.txt").read_text().splitlines()
    loose = [line for line in pins if line[:1] not in ("#", "") and "==" not in line and " @ " not in line]
    assert not loose
    assert set(settings.get("source", "").splitlines()) <= set(pins), f"bash envs/lock.sh {name}"
