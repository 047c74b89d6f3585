"""Options: both spellings of every one are read, a shared one is declared once, and a mistyped one is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer.main

from lmms_eval_plugins.cli.app import app
from lmms_eval_plugins.cli.commands import PATH_METAVARS
from lmms_eval_plugins.cli.options import LMMS_SPELLED
from tests.support.command import Call

OWN = {
    *(
        "--out",
        "--level",
        "--metric",
        "--format",
        "--data",
        "--run",
        "--model",
        "--labels",
        "--task",
        "--rater",
        "--help",
        "--save",
        "--decoder",
        "--together",
        "--seeds",
    )
}
"""Options of one name that mean something else in each verb."""


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb with its words on the command line. Any: typer does not publish the types of its commands."""
    command = command or typer.main.get_command(app)
    for name, found in command.commands.items():
        if hasattr(found, "commands"):
            yield from verbs(found, (*path, name))
        else:
            yield (*path, name), found


def options(verb: Any) -> dict[str, Any]:
    return {name: option for option in verb.params for name in option.opts if name.startswith("--")}


def value_for(option: Any) -> list[str]:
    return [] if option.is_flag else ["1"]


@pytest.mark.parametrize(
    ("path", "verb"), list(verbs()), ids=lambda part: " ".join(part) if isinstance(part, tuple) else ""
)
def test_both_spellings_of_every_option_are_read(path: tuple[str, ...], verb: Any) -> None:
    root = typer.main.get_command(app)
    parent = root.make_context("strokerehab", ["--help"], resilient_parsing=True)
    for name, option in options(verb).items():
        read = []
        for spelling in {"--" + name[2:].replace("-", "_"), "--" + name[2:].replace("_", "-")}:
            line = [spelling, *value_for(option)]
            context = verb.make_context(path[-1], line, parent=parent, resilient_parsing=True)
            read.append(context.get_parameter_source(option.name).name)
        assert set(read) == {"COMMANDLINE"}, name


def test_options_have_hyphens_but_for_those_of_lmms_eval() -> None:
    names = {name for _, verb in verbs() for name in options(verb)}
    assert {name for name in names if "_" in name} == set(LMMS_SPELLED)


def test_a_shared_option_is_declared_once() -> None:
    helps: dict[str, set[str]] = defaultdict(set)
    for _, verb in verbs():
        for name, option in options(verb).items():
            helps[name].add(option.help)
    assert {name for name, texts in helps.items() if len(texts) > 1} <= OWN


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["run", "--log-pth", "x"], "No such option '--log-pth'; did you mean '--log_path'?"),
        (["run", "--at_onec", "2"], "No such option '--at-onec'; did you mean '--at-once'?"),
        (["run", "--modle", "x"], "No such option '--modle'; did you mean '--model' or '--models'?"),
        (["cache", "--zzz"], "No such option '--zzz'; known are: --help, --log_path, --model, --older-than, --prune"),
        (["run", "--log-path"], "Option '--log_path' requires an argument"),
        (["cache", "--older_than", "-1"], "Invalid value for '--older-than'"),
        (["score", "--reading", "mine", "x"], "'--reading': 'mine' is not one of 'default', 'published'"),
        (["tabel", "x"], "No such command 'tabel'; did you mean 'table', 'labels'?"),
        (["demo", "trian"], "No such command 'trian'; did you mean 'train'?"),
        (["run", "--at_once", "2"], "--at-once goes with --slurm"),
    ],
)
def test_a_typo_is_one_line_with_the_nearest(call: Call, line: list[str], message: str) -> None:
    done = call(*line)
    assert done.line.startswith("error: ") and message in done.line
    assert done.status == 2 and done.out == ""


def test_both_spellings_reach_the_verb(call: Call, tmp_path: Path) -> None:
    for log_path, older_than in (("--log_path", "--older_than"), ("--log-path", "--older-than")):
        done = call("cache", "--prune", log_path, tmp_path, older_than, "3")
        assert done.status == 0 and done.out.startswith("deleted 0 answers of 0 models")


def _words(part: Any) -> str:
    return " ".join(part) if isinstance(part, tuple) else str(part.name)


PATHS = [
    (path, parameter)
    for path, verb in verbs()
    for parameter in verb.params
    if "Path" in str(get_type_hints(verb.callback).get(parameter.name))
]


@pytest.mark.parametrize(("path", "parameter"), PATHS, ids=_words)
def test_every_path_is_called_one_in_the_help(path: tuple[str, ...], parameter: Any) -> None:
    assert parameter.metavar in PATH_METAVARS


EMPTY = [(path, parameter) for path, verb in verbs() for parameter in verb.params if parameter.metavar in PATH_METAVARS]


@pytest.mark.parametrize(("path", "parameter"), EMPTY, ids=_words)
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_path_is_not_the_current_folder(
    path: tuple[str, ...], parameter: Any, empty: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if parameter.param_type_name == "option":
        name, line = parameter.opts[0], [f"{parameter.opts[0]}={empty}"]
    else:
        first = {"work": ["1"], "table": ["all"], "figure": ["all"], "second": ["run"]}
        name, line = parameter.metavar, [*first.get(path[-1], []), *first.get(parameter.name, []), empty]
    done = call(*path, *line)
    assert done.line.startswith(f"error: {name}: is empty; name a path") and done.status == 2
    assert not list(tmp_path.iterdir())
