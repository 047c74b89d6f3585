"""From the windows of a run to the rows of its tables: what probes tell, beside what was said, layer by layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.decoding.probing.chosen import ChosenScores, ProbedPlace, chosen_on_others
from lmms_eval_plugins.decoding.probing.log_odds import classes_of, log_odds_for
from lmms_eval_plugins.decoding.probing.measures import areas_of, balanced_interval
from lmms_eval_plugins.decoding.probing.ridge import probe_leaving_out, score_columns
from lmms_eval_plugins.decoding.probing.targets import DRAWS, UNKNOWN, ProbeTarget, shuffled
from lmms_eval_plugins.runs.probing.cases import GRASP, MOTION, PRIMITIVE, ProbeCases
from lmms_eval_plugins.statistics.intervals import Interval, patient_places

CHOSEN, SHUFFLED, LAYER = "chosen", "shuffled", "layer"
"""Ways of a row: layer and place chosen on the other patients; the same of shuffled labels; one layer and place."""

FRAMES = "frames"
"""The name of the place behind the frames."""

ProbeRow = dict[str, object]
"""A row of a table: column → value."""


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What probes that never saw a patient tell of all windows.

    Attributes:
        patient: the patient.
        own: whether each window is theirs; (windows,).
        odds: see `log_odds_for`; (windows, columns).
        classes: see `classes_of`; (windows,).
    """

    patient: str
    own: npt.NDArray[np.bool_]
    odds: Floats
    classes: Ints


def probe_rows(cases: ProbeCases) -> tuple[list[ProbeRow], list[ProbeRow]]:
    """Probe the windows of a run; return the rows of the tables ``probes`` and ``seen``.

    Raises:
        UserError: labels are of too few patients.
    """
    probes: list[ProbeRow] = []
    seen: list[ProbeRow] = []
    for targets in _known_alike(cases.targets):
        drawn = [shuffled(target, cases.videos, draw) for target in targets for draw in range(DRAWS)]
        every = [*targets, *drawn]
        places = [
            ProbedPlace(layer, question, probe_leaving_out(cases.states(layer, question), cases.patients, every))
            for layer in cases.layers
            for question in cases.questions
        ]
        chosen = chosen_on_others(places, every, cases.patients)
        for number, target in enumerate(targets):
            told = list(_told(cases, chosen[number]))
            part = score_columns(every)[number]
            of_draws = chosen[len(targets) + number * DRAWS :][:DRAWS]
            probes += [_chosen_row(cases, places, chosen[number], told), _shuffled_row(cases, target, of_draws)]
            probes += [_layer_row(cases, place, target, part) for place in places]
            if target.name in (MOTION, GRASP, PRIMITIVE):
                seen += _seen_rows(cases, target, told)
    return probes, seen


def _known_alike(targets: Sequence[ProbeTarget]) -> list[list[ProbeTarget]]:
    """Return the targets in groups that are known of the same windows."""
    groups: dict[bytes, list[ProbeTarget]] = {}
    for target in targets:
        groups.setdefault((target.labels != UNKNOWN).tobytes(), []).append(target)
    return list(groups.values())


def _evaluated(cases: ProbeCases, target: ProbeTarget) -> Ints:
    """Return the places of the windows that a target's numbers are about."""
    known = target.labels != UNKNOWN
    if target.name in cases.said:
        known &= ~np.isnan(cases.said[target.name].scores[:, 0])
    return np.flatnonzero(known)


def _layer_row(cases: ProbeCases, place: ProbedPlace, target: ProbeTarget, part: slice) -> ProbeRow:
    rows = _evaluated(cases, target)
    own = areas_of(place.said.scores[rows, part], target.labels[rows], [cases.patients[row] for row in rows])
    return {
        **_about(cases, target, LAYER, rows),
        "layer": place.layer,
        "place": place.question or FRAMES,
        **_with_ends("auc", own.interval),
    }


def _chosen_row(
    cases: ProbeCases, places: Sequence[ProbedPlace], chosen: ChosenScores, told_of: Sequence[ToldOf]
) -> ProbeRow:
    target = chosen.target
    rows = _evaluated(cases, target)
    labels, patients = target.labels[rows], [cases.patients[row] for row in rows]
    own = areas_of(chosen.scores[rows], labels, patients)
    most, n_chosen = Counter(chosen.chosen).most_common(1)[0]
    told = np.full(len(cases.windows), UNKNOWN)
    for one in told_of:
        told[one.own] = one.classes[one.own]
    row = {
        **_about(cases, target, CHOSEN, rows),
        "layer": places[most].layer,
        "place": places[most].question or FRAMES,
        "n_chosen": n_chosen,
        **_with_ends("auc", own.interval),
        **_with_ends("balanced", balanced_interval(told[rows], labels, patients)),
    }
    if said := cases.said.get(target.name):
        of_said = areas_of(said.scores[rows], labels, patients)
        row |= _with_ends("said_auc", of_said.interval) | _with_ends("difference", own.minus(of_said))
        row |= _with_ends("said_balanced", balanced_interval(said.told[rows], labels, patients))
    return row


def _shuffled_row(cases: ProbeCases, target: ProbeTarget, drawn: Sequence[ChosenScores]) -> ProbeRow:
    """Return the row of the control: the mean over draws, each against its own shuffled labels, without an interval."""
    rows = _evaluated(cases, target)
    patients = [cases.patients[row] for row in rows]
    areas = [areas_of(one.scores[rows], one.target.labels[rows], patients).value for one in drawn]
    known = [one for one in areas if one is not None]
    return {**_about(cases, target, SHUFFLED, rows), "auc": float(np.mean(known)) if known else None}


def _seen_rows(cases: ProbeCases, target: ProbeTarget, told_of: Sequence[ToldOf]) -> Iterator[ProbeRow]:
    """Yield what probes say of all windows, for each patient to be told about: none saw that one, nor their own."""
    yes_no = target.name != PRIMITIVE
    for one in told_of:
        for number, (video_id, window) in enumerate(cases.windows):
            odds = one.odds[number, 0]
            told = ("yes" if odds > 0 else "no") if yes_no else target.classes[one.classes[number]]
            yield {
                "run": "",
                "evaluated": one.patient,
                "video_id": video_id,
                "window": window,
                "target": target.name,
                "told": told,
                "log_odds": float(odds) if yes_no else None,
            }


def _told(cases: ProbeCases, chosen: ChosenScores) -> Iterator[ToldOf]:
    """Yield what probes tell for each patient."""
    owners = np.array(patient_places(cases.patients))
    for number, patient in enumerate(dict.fromkeys(cases.patients)):
        own = owners == number
        scores = np.where(own[:, None], chosen.scores, chosen.inner[number])
        odds, shares = log_odds_for(chosen.target, scores, chosen.inner[number])
        yield ToldOf(patient, own, odds, classes_of(chosen.target, odds, shares))


def _about(cases: ProbeCases, target: ProbeTarget, way: str, rows: Ints) -> ProbeRow:
    return {
        "run": "",
        "target": target.name,
        "way": way,
        "n_classes": len(target.classes),
        "n_windows": len(rows),
        "n_patients": len({cases.patients[row] for row in rows}),
        "n_left_out": cases.n_left_out,
    }


def _with_ends(name: str, interval: Interval) -> ProbeRow:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def as_columns(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> dict[str, list[object]]:
    """Return rows as columns of these names; what a row does not say is missing."""
    return {name: [row.get(name) for row in rows] for name in names}
