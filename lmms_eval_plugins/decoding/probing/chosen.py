"""The layer and place whose probe is taken for a patient, chosen on the other patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import Ints
from lmms_eval_plugins.decoding.probing.measures import area_under_curve
from lmms_eval_plugins.decoding.probing.ridge import LeftOut, Singles, score_columns
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget
from lmms_eval_plugins.statistics.intervals import patient_places


@dataclass(frozen=True, slots=True)
class ProbedPlace:
    """What probes say at one place of the prompts, behind one layer.

    Attributes:
        layer: number of the layer.
        question: the question at whose last token it is; empty behind the frames.
        said: what they say.
    """

    layer: int
    question: str
    said: LeftOut


@dataclass(frozen=True, slots=True)
class ChosenScores:
    """What the probes of the chosen layers and places say of one target.

    Attributes:
        target: the target.
        scores, inner: see `LeftOut`; its own columns alone.
        chosen: index of the layer and place that was taken for each patient; (patients,).
    """

    target: ProbeTarget
    scores: Singles
    inner: Singles
    chosen: tuple[int, ...]


def chosen_on_others(
    places: Sequence[ProbedPlace], targets: Sequence[ProbeTarget], patients: Sequence[str]
) -> list[ChosenScores]:
    """Return for each target what probes say where they told the other patients' windows best.

    Best is the largest area under the curve of windows of the other patients, by probes that saw neither the patient to
    be told about nor theirs; of equal ones the first.

    Args:
        places: what probes say at each place and layer.
        targets: the targets, in the order of their columns.
        patients: the patient of each window.
    """
    owners = np.array(patient_places(patients))
    found = []
    for target, part in zip(targets, score_columns(targets), strict=True):
        chosen = tuple(
            _best(
                places, part, target.labels, np.flatnonzero((target.labels != UNKNOWN) & (owners != patient)), patient
            )
            for patient in range(1 + int(owners.max(initial=-1)))
        )
        scores = np.zeros((len(owners), target.n_columns), np.float32)
        for patient, place in enumerate(chosen):
            scores[owners == patient] = places[place].said.scores[owners == patient, part]
        inner = np.stack([places[place].said.inner[patient][:, part] for patient, place in enumerate(chosen)])
        found.append(ChosenScores(target, scores, inner, chosen))
    return found


def _best(places: Sequence[ProbedPlace], part: slice, labels: Ints, others: Ints, patient: int) -> int:
    areas = [area_under_curve(place.said.inner[patient][others, part], labels[others]) for place in places]
    return int(np.argmax([0.0 if one is None else one for one in areas]))
