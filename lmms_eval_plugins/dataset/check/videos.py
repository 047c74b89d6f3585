"""The check of one video: its file, its row in the manifest, its labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.dataset.check.camera import camera_remarks, manifest_remarks
from lmms_eval_plugins.dataset.check.findings import Checked
from lmms_eval_plugins.dataset.check.pose import PoseFiles
from lmms_eval_plugins.dataset.check.probing import Measured
from lmms_eval_plugins.dataset.labels.label_file import context_of, inspect_labels
from lmms_eval_plugins.dataset.raters import RaterScores, compare_raters
from lmms_eval_plugins.dataset.remarks import Remark, worst_first
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.video.windows import Dense, Uniform

_ALIKE = 50.0
"""Edit score, 0 to 100, below which two raters did not see the same."""


def file_remarks(filmed: Trial | FmaClip, measured: Measured, sampling: Dense | Uniform) -> list[Remark]:
    """Return the remarks about a video's file and its row in the manifest."""
    if measured.breaks_off:
        return [Remark("doubtful", "damaged-frames", f"{measured.reason}: a run shows what comes before")]
    if measured.info is None:
        return [measured.unusable]
    remarks = [*manifest_remarks(filmed, measured.info), *camera_remarks(measured.info, sampling)]
    return remarks + [Remark("doubtful", "damaged-frames", line) for line in measured.damage]


def check_trial(
    trial: Trial, measured: Measured, sampling: Dense | Uniform, scheme: Scheme, pose: PoseFiles, more: Sequence[Remark]
) -> Checked:
    """Check a trial: its file, its row, its labels and those of its other raters.

    Args:
        trial: what the manifest says of it.
        measured: what its file says.
        sampling: how a run cuts it into windows.
        scheme: of its labels.
        pose: the dataset's keypoints.
        more: further remarks about it.
    """
    context = context_of(trial, scheme)
    truth = inspect_labels(trial.labels, context) if trial.labels else None
    labelled = truth.labelled if truth else None
    remarks = [*file_remarks(trial, measured, sampling), *(truth.remarks if truth else ()), *more]
    remarks += pose.remarks(trial, labelled.hand if labelled else trial.hand)
    raters: dict[str, RaterScores] = {}
    for number, path in enumerate(trial.other_labels, start=2):
        reading, name = inspect_labels(path, context), f"labels_{number}"
        for remark in reading.remarks:
            grade = "doubtful" if remark.grade == "wrong" else remark.grade  # the truth is not in this file
            remarks.append(Remark(grade, remark.kind, f"{name}: {remark.text}"))
        if labelled and (scores := compare_raters(labelled, reading)):
            raters[name] = scores
            if scores.edit_score < _ALIKE:
                text = f"{name} and labels have an edit score of {scores.edit_score:.0f} against each other"
                remarks.append(Remark("doubtful", "raters-disagree", text))
    return replace(_checked(trial, measured, remarks, labelled.timeline if labelled else None), raters=raters)


def check_clip(clip: FmaClip, measured: Measured, sampling: Dense | Uniform, more: Sequence[Remark]) -> Checked:
    """Check a Fugl-Meyer clip; as `check_trial`."""
    return _checked(clip, measured, [*file_remarks(clip, measured, sampling), *more], None)


def _checked(
    filmed: Trial | FmaClip, measured: Measured, remarks: Sequence[Remark], timeline: Timeline | None
) -> Checked:
    info = measured.info
    return Checked(
        name=filmed.video_id,
        path=filmed.path,
        remarks=worst_first(remarks),
        fps=info.fps if info else filmed.fps,
        duration_s=info.duration_s if info else filmed.duration_s,
        colour=info.camera.colour if info else "",
        timeline=timeline,
    )
