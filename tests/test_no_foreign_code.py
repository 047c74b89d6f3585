"""No call of ours runs code that comes with a checkpoint, a pickle or a YAML file: each says so where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path
    for folder in ("lmms_eval_plugins", "envs", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "stand_ins" not in path.parts
)

SAFELY = {
    "from_pretrained": ("trust_remote_code", False),
    "from_config": ("trust_remote_code", False),
    "pipeline": ("trust_remote_code", False),
    "torch.load": ("weights_only", True),
}
"""The end of a called name → the argument that keeps foreign code from running."""

NEVER = ("torch.hub.load", "pickle.load", "pickle.loads", "joblib.load", "read_pickle", "eval", "exec", "unsafe_load")
_LAST = {name.rpartition(".")[2] for name in (*SAFELY, *NEVER)}
LOADERS = ("_Loader", "_TaskLoader", "yaml.BaseLoader")
"""Loaders of YAML, all of them descendants of PyYAML's safe ones."""


def unsafe_calls(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each call that may run foreign code."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last not in _LAST and all(one.arg != "allow_pickle" for one in node.keywords):
            continue  # what stands below takes twenty times as long
        name = ast.unparse(node.func)
        given = {one.arg: ast.unparse(one.value) for one in node.keywords}
        ends = {name, name.rpartition(".")[2], ".".join(name.split(".")[-2:])}
        for argument, value in (SAFELY[end] for end in ends & SAFELY.keys()):
            if given.get(argument) != str(value):
                yield node.lineno, f"{name} without {argument}={value}"
        if {name, ".".join(name.split(".")[-2:])} & set(NEVER) or name.endswith(".read_pickle"):
            yield node.lineno, name
        if name == "yaml.load" and given.get("Loader") not in LOADERS:
            yield node.lineno, f"{name} without a safe loader"
        if given.get("allow_pickle", "False") != "False":
            yield node.lineno, f"{name} with allow_pickle"


def test_no_call_may_run_foreign_code() -> None:
    found = {str(path.relative_to(ROOT)): list(unsafe_calls(path.read_text(encoding="utf-8"))) for path in FILES}
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "call",
    [
        "AutoProcessor.from_pretrained(name)",
        "transformers.AutoModel.from_pretrained(name, trust_remote_code=True)",
        "model_class.from_pretrained(name, trust_remote_code=given)",
        "AutoModel.from_config(config)",
        "transformers.pipeline('x', model=name)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.hub.load(name)",
        "pickle.loads(text)",
        "pandas.read_pickle(path)",
        "eval(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_such_a_call_is_seen(call: str) -> None:
    assert list(unsafe_calls(call))


def test_safe_calls_pass() -> None:
    calls = (
        "AutoProcessor.from_pretrained(name, trust_remote_code=False); torch.load(path, weights_only=True);"
        " model.eval(); yaml.safe_load(text); yaml.load(text, Loader=_TaskLoader); self.evaluate(x)"
    )
    assert list(unsafe_calls(calls)) == []
