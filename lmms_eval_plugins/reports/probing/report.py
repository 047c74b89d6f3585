"""What probes read from the runs among some paths, each model's controls behind it, and what could not be probed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.sources import of_family, source_of_run
from lmms_eval_plugins.runs.find import find_all, short_names
from lmms_eval_plugins.runs.probing.doses import EvidenceScores, scores_by_evidence
from lmms_eval_plugins.runs.probing.evidence import is_probed
from lmms_eval_plugins.runs.probing.frame import probed_frames
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.shown_name import card_name


@dataclass(frozen=True, slots=True)
class ProbedRun:
    """A run whose hidden states were probed.

    Attributes:
        path: its folder, as given.
        name: its short name.
        task: the task.
        model: what its model is called.
        control: whether it is there to compare others with: an untrained network, or perturbed frames.
        untrained: whether its network has random weights.
        probes: its rows of the table ``probes``.
        doses: scores by each kind of evidence; none of a control, nor of a task that decoders do not read.
        notes: what a reader of its numbers should know.
    """

    path: str
    name: str
    task: str
    model: str
    control: bool
    untrained: bool
    probes: pd.DataFrame
    doses: tuple[EvidenceScores, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """The probed runs, each model's controls behind it; and a line on each path that could not be probed."""

    runs: tuple[ProbedRun, ...]
    problems: tuple[str, ...]


def layers_of(words: str) -> tuple[int, ...]:
    """Return the layers that a text such as ``9+18`` names, sorted; none of an empty one.

    >>> layers_of("18+9"), layers_of("")
    ((9, 18), ())

    Raises:
        UserError: it is something else.
    """
    parts = [part.strip() for part in words.split("+")] if words.strip() else []
    if not all(part.isdecimal() and int(part) for part in parts):
        raise UserError(f"--layers {words}: give numbers of layers from 1, joined by +, as in 9+18")
    return tuple(sorted({int(part) for part in parts}))


def probe_report(
    paths: Sequence[str], layers: Sequence[int] = (), reading: Policy | None = None, seed: int = 0
) -> ProbeReport:
    """Probe the runs among the paths.

    Args:
        paths: run folders, folders of them, or patterns.
        layers: the layers to probe; none for all that were recorded.
        reading: how replies are read; None is the default reading.
        seed: seed of the decoders' samples.

    Raises:
        UserError: no run can be probed.
    """
    problems: list[str] = []
    found = find_all(paths, problems, features=True)
    runs = []
    for path, name in zip(found, short_names(found), strict=True):
        try:
            runs.append(_probed(path, name, layers, reading, seed))
        except UserError as error:
            problems.append(str(error))
        except Exception as error:
            problems.append(error_line(error, path))
    if not runs:
        raise UserError(listed(problems, most=3, by="; ") if problems else f"{listed(paths)}: no run to probe")
    order = {key: number for number, key in enumerate(dict.fromkeys(map(_of_card, runs)))}
    runs.sort(key=lambda run: (order[_of_card(run)], run.control))
    return ProbeReport(tuple(runs), tuple(problems))


def _of_card(run: ProbedRun) -> tuple[str, str]:
    return run.task, card_name(run.model)


def _probed(path: str, name: str, layers: Sequence[int], reading: Policy | None, seed: int) -> ProbedRun:
    probes = probed_frames(path, layers, reading)["probes"]
    source = source_of_run(read_run(Path(path)), reading or "default")
    settings = source.recorded.settings if source.recorded else {}
    untrained = settings.get("untrained") == "True"
    control = untrained or "perturb" in settings
    dose = of_family(source, DOSE)
    doses: Sequence[EvidenceScores] = ()
    if dose and not control and is_probed(dose):
        doses = scores_by_evidence(dose, path, Decoding(seed=seed), layers, says=bool(probes["said_auc"].notna().any()))
    return ProbedRun(
        path,
        name,
        source.task,
        source.model or "unknown model",
        control,
        untrained,
        probes,
        tuple(doses),
        source.notes,
    )
