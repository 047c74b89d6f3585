"""Import the metadata of a vlms4rehab checkout: videos, Fugl-Meyer clips and scores, and the labels in its logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import NotInDataset, UserError, describe_validation
from lmms_eval_plugins.core.safe_names import inside
from lmms_eval_plugins.dataset.index import Progress
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, context_of, read_labels, write_labels
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.selections import Sources, read_cohorts, select
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.study.checkout_logs import LogFacts, read_logs
from lmms_eval_plugins.study.checkout_tables import read_clip_patients, read_clips, read_scores, read_trials

FMA_SELECTION = "fma"

_TRIALS_TABLE = "data/fp/fp_metadata.csv"
_SCORES_TABLE = "data/ia/fm_item_scores.csv"
_CLIP_TABLES = {
    "question answering": "data/ia/ia_video_metadata2.csv",
    "question answering, both sides": "data/ia/ia_video_metadata1.csv",
    "reasoning": "data/ia/ia_video_metadata4.csv",
    "reasoning, both sides": "data/ia/ia_video_metadata3.csv",
}
"""Variant of the assessment → its table; all tables list the same clips and differ in the clips with questions."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The files that an import wrote, and one line for each problem.

    Attributes:
        manifest: the manifest of all videos.
        n_trials: number of videos in it.
        n_all_clips: number of Fugl-Meyer clips in the clip manifest.
        n_clips: published variant → number of its clips with questions.
        n_scores: number of item scores written.
        n_labels_found: number of label files found below the label root.
        n_labels_recovered: number of label files written from logs.
        n_lengths_measured: number of videos whose length is that of the windows in a log, not that of the metadata.
        problems: one line for each thing that cannot be used.
    """

    manifest: Path
    n_trials: int
    n_all_clips: int
    n_clips: dict[str, int]
    n_scores: int
    n_labels_found: int
    n_labels_recovered: int
    n_lengths_measured: int
    problems: tuple[str, ...]


def import_checkout(
    checkout: Path,
    out: Path,
    *,
    selections: Path,
    videos: Path | None = None,
    labels: Path | None = None,
    clips: Path | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a checkout: write manifests of videos and Fugl-Meyer clips, item scores, and label files from logs.

    The video files need not exist. A label file below the label root comes before one recovered from logs; a video
    with neither is listed without labels. A row, log or label file that cannot be used is left out and named in the
    report, the others go on; nothing is written outside ``out``.

    Args:
        checkout: root of the checkout.
        out: dataset folder to write; created if it is missing.
        selections: the project's selection file, with the cohorts and the Fugl-Meyer selection.
        videos: root of the checkout's video paths; None for ``out``.
        labels: root of its label paths; None for the videos' folder.
        clips: root of its Fugl-Meyer clip paths; None for ``out``.
        progress: called before each log, then before each video.

    Raises:
        UserError: the checkout, one of its tables or a column is missing, or no table lists anything that can be used.
    """
    for needed in filter(None, (checkout, videos, labels, clips)):
        if not needed.is_dir():
            raise UserError(f"{needed}: no such folder")
    cohorts = read_cohorts(selections)
    problems: list[str] = []
    listed = read_trials(checkout / _TRIALS_TABLE, videos, cohorts, problems)
    if not listed:
        problems.append(f"{checkout / _TRIALS_TABLE}: lists no video that can be used; {MANIFEST_NAME} is not written")
    all_clips = read_clips(checkout / _CLIP_TABLES["question answering"], clips, cohorts, problems)
    fma_clips = _selected_clips(all_clips, Sources(out / MANIFEST_NAME, (selections,)), problems)
    patients = tuple(dict.fromkeys(clip.patient for clip in fma_clips))
    n_clips = {
        variant: sum(patient in patients for patient in read_clip_patients(checkout / table))
        for variant, table in _CLIP_TABLES.items()
    }
    if not listed and not fma_clips:
        raise UserError(f"{checkout}: nothing to import; the first problem: {problems[0]}")
    facts, log_problems = read_logs(checkout, progress)
    problems += log_problems
    scores = read_scores(checkout / _SCORES_TABLE, patients, cohorts, problems)
    label_root = (labels or videos or out).absolute()
    trials: list[Trial] = []
    n_found = n_recovered = n_measured = 0
    for done, (listed_trial, label_name) in enumerate(listed):
        if progress:
            progress(done, len(listed), label_root / label_name)
        logged = facts.get(listed_trial.video_id) or LogFacts()
        trial, is_measured = _with_length_and_hand(listed_trial, logged, problems)
        found = _with_label_file(trial, label_root / label_name, problems)
        recovered = None if found else _with_recovered_labels(trial, logged, out, problems)
        n_measured += is_measured
        n_found += found is not None
        n_recovered += recovered is not None
        trials.append(found or recovered or trial)
    if labels and n_found < len(trials):
        problems.append(f"{labels}: has usable label files of {n_found} of the {len(trials)} videos only")
    if trials:
        write_manifest(out / MANIFEST_NAME, trials)
    if fma_clips:
        write_manifest(out / FMA_MANIFEST_NAME, fma_clips)
    if scores:
        write_manifest(out / FMA_SCORES_NAME, scores)
    return ImportReport(
        manifest=out / MANIFEST_NAME,
        n_trials=len(trials),
        n_all_clips=len(fma_clips),
        n_clips=n_clips,
        n_scores=len(scores),
        n_labels_found=n_found,
        n_labels_recovered=n_recovered,
        n_lengths_measured=n_measured,
        problems=tuple(problems),
    )


def _selected_clips(clips: Sequence[FmaClip], sources: Sources, problems: list[str]) -> list[FmaClip]:
    """Return the clips of the Fugl-Meyer selection; none, and a problem, where it matches nothing."""
    try:
        return select(clips, FMA_SELECTION, sources=sources)
    except NotInDataset:
        problems.append(
            f"no Fugl-Meyer clip of the checkout is in selection {FMA_SELECTION!r}; {FMA_MANIFEST_NAME} is not written"
        )
        return []


def _with_length_and_hand(trial: Trial, logged: LogFacts, problems: list[str]) -> tuple[Trial, bool]:
    """Return a trial with what logs say of its hand and length, and whether its length is theirs."""
    trial = trial.model_copy(update={"hand": logged.hand or trial.hand})
    if logged.end_s is None:
        return trial, False
    n_frames = round(logged.end_s * trial.fps)
    values = trial.model_dump() | {"n_frames": n_frames, "duration_s": round(n_frames / trial.fps, 6)}
    try:
        return Trial.model_validate(values), True
    except ValidationError as error:
        problems.append(
            f"{trial.video_id}: its length of {logged.end_s:g} s in a log is not used: {describe_validation(error)}"
        )
        return trial, False


def _with_label_file(trial: Trial, path: Path, problems: list[str]) -> Trial | None:
    try:
        if not path.is_file():
            return None
        by_labels_alone = replace(context_of(trial, primitives_scheme()), hand="", named_hand="")
        hand = read_labels(path, by_labels_alone).hand
    except OSError as error:  # a path that is too long
        problems.append(f"{path}: cannot be read ({error.strerror}; not used for {trial.video_id})")
        return None
    except UserError as error:
        problems.append(f"{error} (not used for {trial.video_id})")
        return None
    return trial.model_copy(update={"labels": path, "hand": hand})


def _with_recovered_labels(trial: Trial, logged: LogFacts, out: Path, problems: list[str]) -> Trial | None:
    if logged.timeline is None:
        return None
    if not trial.hand:
        problems.append(f"{trial.video_id}: its log has labels but does not say of which hand; they are not used")
        return None
    name = Path("labels", trial.patient, f"{trial.video_id}.csv")
    try:
        write_labels(inside(out, out / name), LabelledHand(trial.hand, logged.timeline))
    except (OSError, ValueError, UserError) as error:
        problems.append(f"{trial.video_id}: the labels in its log cannot be written ({error})")
        return None
    return trial.model_copy(update={"labels": name})
