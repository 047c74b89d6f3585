"""One video with all that is known of it painted on: skeleton, hand box, pose, truth, and a run's answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pydantic import ValidationError

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.prim import HandState, PrimWindow, walk
from lmms_eval_plugins.assessments.dose.video import predict_timeline, prim_windows
from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.keypoints import KeypointFiles, find_keypoints
from lmms_eval_plugins.dataset.labels.label_file import context_of, read_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, scheme_of
from lmms_eval_plugins.questions.answers import WindowAnswers, state_of, value_of
from lmms_eval_plugins.runs.hidden.features import check_answers
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.run_file import RUN_NAME
from lmms_eval_plugins.tasks.arguments import override_inputs
from lmms_eval_plugins.tasks.names import load_named
from lmms_eval_plugins.tasks.sources import Trials, chosen_trials
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSettings
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.pose.draw import GREY, WHITE, Bar, Colour, Notes, annotate
from lmms_eval_plugins.video.pose.hand import HandTrack, hand_track
from lmms_eval_plugins.video.pose.joints import Keypoints, PoseStatus
from lmms_eval_plugins.video.windows import Box, Window
from lmms_eval_plugins.video.write import VideoWriter

_TASK = "strokerehab_counting"

_POSES: Mapping[PoseStatus | None, str] = {
    None: "not tracked in this run",
    "abstain": "not found",
    "still": "still",
    "moving": "moving",
    "fast": "moving fast",
}
"""What a window's pose says of the hand, in words."""

_WHICH_HAND = "{}: the hand to show is not known; give it in the manifest (`hand`)"


@dataclass(frozen=True, slots=True)
class _Scene:
    """A video with all that is painted on it.

    Attributes:
        video: the video with its windows.
        keypoints: the patient's keypoints.
        track: the places of the hand that the questions are about.
        confidence: the least confidence of a joint that counts.
        answers: the lines written for each window: a run's answers, none without a run.
        bars: timelines of the whole video, the truth above what a run predicted.
        colours: label → its colour.
    """

    video: Video
    keypoints: Keypoints
    track: HandTrack
    confidence: float
    answers: tuple[tuple[str, ...], ...]
    bars: tuple[Bar, ...]
    colours: dict[str, Colour]


def draw_overlay(name: str, data: Path, out: Path, run: Path | None = None, pictures: Sequence[int] = ()) -> list[Path]:
    """Write a video with skeleton, hand box, pose and truth; with a run, also its answers, state and labels.

    Args:
        name: the video's name in the manifest.
        data: the dataset's folder.
        out: the file to write.
        run: a run folder whose answers are shown and whose settings make the windows; None shows PRIM's windows
            without answers.
        pictures: indices of frames to save as PNG files too, beside the video.

    Returns:
        The files written.

    Raises:
        UserError: there is no such video or frame, or it has no keypoints; the run is not about it; or a file cannot
            be written.
    """
    scene = _scene(name, data, run)
    if absent := [index for index in pictures if not 0 <= index < scene.video.n_frames]:
        raise UserError(f"--png {absent[0]}: {name} has frames 0 to {scene.video.n_frames - 1}")
    end_s = scene.video.n_frames / scene.video.fps
    written = [out]
    with writing(out.parent, "choose another place with --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(out, scene.video.fps) as writer:
        for index, frame in _frames(scene.video):
            at = index / scene.video.fps
            picture = annotate(frame, _notes(scene, index, at), scene.bars, scene.colours, at, end_s)
            writer.add(picture)
            if index in pictures:
                written.append(_save(out.with_name(f"{out.stem}_{index}.png"), picture))
    return written


def _frames(video: Video) -> Iterator[tuple[int, Frames]]:
    return decode_frames(video.path, range(video.n_frames), video.fps)


def _scene(name: str, data: Path, run: Path | None) -> _Scene:
    trials = {trial.video_id: trial for trial in chosen_trials(data, "all", None)}
    if name not in trials:
        raise UserError(f"{data}: has no video {name!r}{nearest(name, trials)}")
    trial = trials[name]
    manifest = manifest_in(data, MANIFEST_NAME)
    scheme = scheme_of(manifest)
    settings = _settings(run).model_copy(update={"data": data, "selection": "all", "limit": None, "scheme": scheme})
    if not (trial.hand or trial.labels):
        raise UserError(_WHICH_HAND.format(trial.path))
    video = Trials(data, settings).video(trial)
    keypoints = KeypointFiles(find_keypoints(manifest.parent, settings.pose.keypoints)).read(
        name, trial.n_frames, trial.fps
    )
    colours = {label: _rgb(colour) for label, colour in scheme.colours.items()}
    bars = [Bar("truth", read_labels(trial.labels, context_of(trial, scheme)).timeline)] if trial.labels else []
    if video.hand is None:
        raise UserError(_WHICH_HAND.format(trial.path))
    answers: tuple[tuple[str, ...], ...] = tuple(() for _ in video.windows)
    if run is not None:
        windows, method, of_run = _answered(run, trial)
        colours = {label: _rgb(colour) for label, colour in of_run.colours.items()} | colours
        bars.append(Bar("predicted", predict_timeline(windows, method, of_run).merged()))
        answers = tuple(_lines(windows, method))
    track = hand_track(keypoints, video.hand, settings.pose, trial.width, trial.height)
    return _Scene(video, keypoints, track, settings.pose.confidence, answers, tuple(bars), colours)


def _settings(run: Path | None) -> TaskSettings:
    """Return a run's settings, or PRIM's with boxes where there is no run."""
    if run is None:
        folder = shipped("tasks") / TASK_FOLDER
        return override_inputs(_TASK, load_named(_TASK, [folder]).dataset_kwargs, {"do_crop": True})
    try:
        return TaskSettings.model_validate(read_run(run).file.settings)
    except ValidationError as error:
        raise UserError(f"{run / RUN_NAME}: settings.{describe_validation(error)}") from error


def _answered(run: Path, trial: Trial) -> tuple[Sequence[WindowAnswers], DoseMethod, Scheme]:
    check_answers(run)
    read = read_run(run)
    method = read.file.scoring
    video = next((video for video in read.file.videos if video.video_id == trial.video_id), None)
    if video is None or not DOSE.owns(method):
        raise UserError(f"{run}: is not a run about the dose in {trial.video_id}")
    return read.answered(video, read.file.reading).windows, method, read.file.label_scheme


def _lines(windows: Sequence[WindowAnswers], method: DoseMethod) -> Iterator[tuple[str, ...]]:
    """Yield the lines of each window: the answers that count and, for PRIM, the state that follows from them."""
    if method.method != "prim":
        for window in windows:
            yield (_answers_to(window, method.question_ids),)
        return
    known: Sequence[PrimWindow] = prim_windows(windows, method)
    states = walk(known)
    before = [HandState(idle=True, holding=False), *states]
    for window, state, last in zip(windows, states, before, strict=False):
        change = method.put_down if last.holding else method.pick_up
        is_asked = method.asks(window.pose)
        answers = _answers_to(window, (method.idle, change)) if is_asked else "no questions: decided by the pose"
        yield answers, f"{'idle' if state.idle else 'active'}, {'holding' if state.holding else 'empty'}"


def _answers_to(window: WindowAnswers, questions: Sequence[str]) -> str:
    return "   ".join(f"{question}? {_word(window.answers.get(question))}" for question in questions)


def _word(answer: object) -> str:
    return ", ".join(answer) if isinstance(answer, tuple) else value_of(answer) or state_of(answer)


def _notes(scene: _Scene, index: int, at: float) -> Notes:
    place = bisect_right([window.frames[0] for window in scene.video.windows], index) - 1
    window = scene.video.windows[place]
    lines = [
        (f"{scene.video.video_id}   {at:.2f} s   {scene.video.hand} hand: {_POSES[window.pose]}", WHITE),
        *((line, WHITE) for line in scene.answers[place]),
    ]
    for bar in scene.bars:
        label = bar.timeline.at(at) or "-"
        lines.append((f"{bar.name}: {label}", _light(scene.colours.get(label, GREY))))
    hand = scene.track.places[index].astype(np.float32)
    return Notes(scene.keypoints[index], scene.confidence, hand, _box(window, index), tuple(lines))


def _box(window: Window, index: int) -> Box | None:
    """Return the box around the hand in the last shown frame up to a frame."""
    if len(window.boxes) <= 1:
        return window.boxes[0] if window.boxes else None
    return window.boxes[bisect_right(window.frames, index) - 1]


def _save(path: Path, picture: Frames) -> Path:
    if not cv2.imwrite(str(path), picture[..., ::-1]):
        raise UserError(f"{path}: cannot be written")
    return path


def _light(colour: Colour) -> Colour:
    """Return a lighter colour, which can be read on black."""
    red, green, blue = (part // 2 + 128 for part in colour)
    return red, green, blue


def _rgb(colour: str) -> Colour:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
