"""The doses in a run's videos decoded by what was said, by what probes read, by both, and by neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.video import VideoScore
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, SEEDS, decoded_run, with_draws
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.probing.evidence import BOTH, PROBE, SAID, decode_by_evidence, runs_by_evidence


@dataclass(frozen=True, slots=True)
class EvidenceScores:
    """The scores of a run's videos by one kind of evidence.

    Attributes:
        name: the evidence, or the name of the control that has none.
        videos: the scores, in the order of the videos; those without a truth are left out.
        is_control: whether the answers were left out.
    """

    name: str
    videos: tuple[VideoScore, ...]
    is_control: bool = False


def scores_by_evidence(
    source: DoseRun, path: str, decoding: Decoding, layers: Sequence[int] = (), *, says: bool
) -> list[EvidenceScores]:
    """Return the scores of a run by each kind of evidence, and of its blind control.

    Args:
        source: the run.
        path: its folder.
        decoding: how they are decoded.
        layers: the layers to probe; none for all that were recorded.
        says: whether its model answers; of one that only gives hidden states, what probes read is all there is.

    Raises:
        UserError: a video cannot be decoded.
    """
    found = []
    for evidence in (SAID, PROBE, BOTH) if says else (PROBE,):
        draws = decode_by_evidence(source, runs_by_evidence(source, path, evidence, layers), decoding)
        found.append(EvidenceScores(evidence, _scored(with_draws(source, draws, decoding))))
    first = source.videos[0].answered.patient
    answered = source if says else runs_by_evidence(source, path, PROBE, layers)(first)
    blind = decoded_run(answered, replace(decoding, blind=True), seeds=SEEDS)
    return [*found, EvidenceScores(CONTROL, _scored(blind), is_control=True)]


def _scored(run: DoseRun) -> tuple[VideoScore, ...]:
    score = DOSE.by_scheme(run.scheme).score(run.method, [video.answered for video in run.videos])
    return score.videos
