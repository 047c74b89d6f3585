"""The windows of a run whose hidden states can be probed: what is true of them, and what the model said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget
from lmms_eval_plugins.questions.answers import value_of
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.runs.data_frames.build import probability_of
from lmms_eval_plugins.runs.data_frames.sources import AnyRun, DoseRun, ReadReply, of_family
from lmms_eval_plugins.runs.hidden.features import holds_features
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, hidden_windows, read_hidden

MOTION, GRASP, PRIMITIVE, ACTIVITY = "motion", "grasp", "primitive", "activity"
"""Names of what is probed for in a dose task; a question of another task is probed for by its id."""

_NO_YES = ("no", "yes")
_PROBED_KINDS = ("yes_no", "one_of")

Window = tuple[str, int]
"""A video, and the index of a window in it."""


@dataclass(frozen=True, slots=True)
class SaidScores:
    """What a model said of windows that a probe is to tell about, too.

    Attributes:
        scores: probability of each class (of two, of the second), or 1 for the answer where none was recorded; NaN
            where no reply came; (windows, columns).
        told: index of the class that is answered; -1 where the reply gives none; (windows,).
    """

    scores: Floats
    told: Ints


@dataclass(frozen=True)
class ProbeCases:
    """The windows of a run that have hidden states at every place and layer.

    Attributes:
        folder: the run's.
        windows: the windows, sorted.
        patients: the patient of each.
        layers, questions: the layers and places, sorted (see `HiddenState`).
        targets: what is known of them; each of other classes than one.
        said: name of a target → what the model said; without those that it was not asked for.
        n_left_out: windows with states at some places or layers only.
    """

    folder: Path
    windows: tuple[Window, ...]
    patients: tuple[str, ...]
    layers: tuple[int, ...]
    questions: tuple[str, ...]
    targets: tuple[ProbeTarget, ...]
    said: Mapping[str, SaidScores]
    n_left_out: int

    @property
    def videos(self) -> tuple[str, ...]:
        """The video of each window."""
        return tuple(video_id for video_id, _ in self.windows)

    def states(self, layer: int, question: str) -> npt.NDArray[np.float16]:
        """Read the hidden states at one place, behind one layer; (windows, width).

        Numbers beyond what half precision holds are its largest.

        Raises:
            UserError: a state is no number.
        """
        read = read_hidden(self.folder, layer, question)
        row = {place: number for number, place in enumerate(zip(read.video_ids, map(int, read.windows), strict=True))}
        values = read.values[[row[window] for window in self.windows]]
        if np.isnan(values).any():
            raise UserError(
                f"{self.folder}: hidden states of layer {layer} are not numbers; record them again with another dtype"
            )
        most = np.finfo(np.float16).max
        return np.clip(values, -most, most)


def probe_cases(source: AnyRun, folder: Path, layers: Sequence[int] = ()) -> ProbeCases:
    """Return the windows of a run that can be probed.

    Args:
        source: the run.
        folder: its folder.
        layers: the layers to probe; none for all that were recorded.

    Raises:
        UserError: it has no hidden states, none of one of the layers, or nothing is known of its windows.
    """
    found = hidden_windows(folder)
    if not found:
        raise UserError(
            f"{folder}: has no hidden states; record them with --model_args record=hidden, and run the same command"
            " again"
        )
    recorded = sorted({layer for layer, _ in found})
    if unknown := [layer for layer in layers if layer not in recorded]:
        raise UserError(f"{folder}: layer {unknown[0]} was not recorded; there are {listed(recorded, most=12)}")
    probed = tuple(layers) or tuple(recorded)
    own = {question.id for question in source.questions}
    questions = tuple(sorted({question for _, question in found if question == BEHIND_FRAMES or question in own}))
    sets = [found.get((layer, question), set()) for layer in probed for question in questions]
    of_run = {video.answered.video_id: video for video in source.videos}
    known = {
        (video_id, window)
        for video_id, window in set().union(*sets)
        if video_id in of_run and 0 <= window < len(of_run[video_id].answered.windows)
    }
    windows = tuple(sorted(known.intersection(*sets)))
    if not windows:
        raise UserError(
            f"{folder}: no window has hidden states of layers {listed(probed)} at every place; record them again with"
            " one choice of layers"
        )
    patients = tuple(of_run[video_id].answered.patient for video_id, _ in windows)
    targets, asked = _targets(source, windows)
    if not targets:
        raise UserError(f"{folder}: nothing is known of its windows that a probe could be taught: no labels")
    replies = {
        (video.answered.video_id, reply.window, reply.question): reply
        for video in source.videos
        for reply in video.replies
    }
    said: dict[str, SaidScores] = {}
    for target in targets:
        if (question := asked.get(target.name)) and not holds_features(folder):
            scores = _said(target, [replies.get((*window, question)) for window in windows])
            if not np.isnan(scores.scores).all():
                said[target.name] = scores
    return ProbeCases(folder, windows, patients, probed, questions, targets, said, len(known) - len(windows))


def _targets(source: AnyRun, windows: Sequence[Window]) -> tuple[tuple[ProbeTarget, ...], dict[str, str]]:
    """Return what is known of windows, and name → the question that asks for it."""
    dose = of_family(source, DOSE)
    texts, asked = _of_dose(dose, windows) if dose else _of_questions(source, windows)
    targets = []
    for name, of_windows in texts.items():
        shown = Counter(text for text in of_windows if text is not None)
        classes = _NO_YES if set(shown) == set(_NO_YES) else tuple(sorted(shown))
        if len(classes) > 1:
            labels = [UNKNOWN if text is None else classes.index(text) for text in of_windows]
            targets.append(ProbeTarget(name, classes, np.array(labels)))
    return tuple(targets), asked


_Known = dict[str, list[str | None]]
"""Name of a target → what is true of each window; None where that is not known."""


def _of_dose(source: DoseRun, windows: Sequence[Window]) -> tuple[_Known, dict[str, str]]:
    """Return what the label at the centre of each window says; the activity of a window without one is not used."""
    videos = {video.answered.video_id: video.answered for video in source.videos}
    found: _Known = {MOTION: [], GRASP: [], PRIMITIVE: [], ACTIVITY: []}
    for video_id, place in windows:
        video = videos[video_id]
        window = video.windows[place]
        label = video.truth.at((window.start_s + window.end_s) / 2) if video.truth else None
        known = label is not None
        found[MOTION].append(_NO_YES[label in source.scheme.motion] if known else None)
        found[GRASP].append(_NO_YES[label in source.scheme.grasp] if known else None)
        found[PRIMITIVE].append(label)
        found[ACTIVITY].append(activity_of_label(video.activity or "") if known else None)
    method = source.method
    of_role = {MOTION: method.motion, GRASP: method.grasp, PRIMITIVE: method.primitive}
    return found, {role: question for role, question in of_role.items() if role in method.roles}


def _of_questions(source: AnyRun, windows: Sequence[Window]) -> tuple[_Known, dict[str, str]]:
    """Return the true answers to the questions that have few to choose from."""
    place = {window: number for number, window in enumerate(windows)}
    found: _Known = {}
    for video in source.videos:
        for reply in video.replies:
            number = place.get((video.answered.video_id, reply.window))
            if number is not None and reply.kind.kind in _PROBED_KINDS:
                found.setdefault(reply.question, [None] * len(windows))[number] = value_of(reply.truth)
    return found, {question: question for question in found}


def _said(target: ProbeTarget, replies: Sequence[ReadReply | None]) -> SaidScores:
    """Return what replies say of a target; one that gives no answer says as much for each class."""
    classes = target.classes[1:] if target.n_columns == 1 else target.classes
    scores = np.full((len(replies), len(classes)), np.nan)
    told = np.full(len(replies), UNKNOWN)
    for number, reply in enumerate(replies):
        if reply is None or reply.answer is None:
            continue
        value = value_of(reply.answer)
        if value in target.classes:
            told[number] = target.classes.index(value)
        scores[number] = _probabilities(target, classes, reply, value)
    return SaidScores(scores, told)


def _probabilities(target: ProbeTarget, classes: Sequence[str], reply: ReadReply, value: str | None) -> list[float]:
    if target.classes == _NO_YES and not np.isnan(reply.p_yes):
        return [reply.p_yes]
    if target.classes != _NO_YES and reply.probabilities:
        recorded = [probability_of(reply.probabilities, name) for name in classes]
        return [0.0 if np.isnan(one) else one for one in recorded]
    if isinstance(reply.answer, NoAnswer):
        return [1 / len(target.classes)] * len(classes)
    return [float(name == value) for name in classes]
