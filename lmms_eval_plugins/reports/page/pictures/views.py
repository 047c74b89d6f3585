"""What a model was shown of a video: which frames of which file, and how they were changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, listed
from lmms_eval_plugins.reports.page.filmed import DatasetVideo
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.runs.data_frames.load import file_of
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, RunVideo, read_run_file
from lmms_eval_plugins.tasks.hands import Hands
from lmms_eval_plugins.tasks.partners import partner_of, place_in_partner
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.video.perturb import Perturbation
from lmms_eval_plugins.video.pose.hand import HandSettings
from lmms_eval_plugins.video.windows import Dense, Uniform, Window, windows


@dataclass(frozen=True, slots=True)
class View:
    """What a model was shown of a video; runs with the same view share pictures.

    Attributes:
        sampling, fps, n_frames: what makes the windows.
        hand: the hand that is cut out or covered; None where whole frames are shown.
        settings: how it is located; None where whole frames are shown.
        crop: whether it is cut out.
        not_shown: indices of windows that nothing was asked about.
        perturb: how frames were changed; None where they were not.
        partner: what was shown of the video that stood in for this one; None where none did.
    """

    sampling: Dense | Uniform
    fps: float
    n_frames: int
    hand: str | None
    settings: HandSettings | None
    crop: bool
    not_shown: frozenset[int]
    perturb: Perturbation | None = None
    partner: tuple[str, View] | None = None


@dataclass(frozen=True, slots=True)
class ShownWindow:
    """A window as it was shown.

    Attributes:
        index: of the window, in the run's.
        of: the video whose frames were shown.
        fps: the clock of their indices.
        window: the window of that video that was cut.
    """

    index: int
    of: str
    fps: float
    window: Window


def views_of(
    runs: ReportRuns, filmed: Mapping[str, DatasetVideo], problems: list[str]
) -> dict[str, dict[View, list[int]]]:
    """Return video → what was shown of it → the places of the runs of which that is true.

    Args:
        runs: the runs.
        filmed: the videos of their datasets, by name.
        problems: for a line about each run, or video of one, of which that cannot be told.
    """
    views: dict[str, dict[View, list[int]]] = defaultdict(lambda: defaultdict(list))
    without: list[str] = []
    for run, row in enumerate(runs.rows):
        folder = Path(file_of(str(row["path"])))
        if not is_run(folder):
            without.append(str(row["run"]))
            continue
        file = read_run_file(folder)
        try:
            settings = TaskSettings.model_validate(file.settings)
        except ValidationError as error:
            problems.append(f"{folder / RUN_NAME}: settings.{describe_validation(error)}")
            continue
        known = {video.video_id: _view(file, video, settings, filmed.get(video.video_id)) for video in file.videos}
        if settings.perturb == "swap":
            known = _with_partners(known, {video.video_id: video.patient for video in file.videos})
        for name, view in known.items():
            if view is not None and name in runs.places:
                views[name][view].append(run)
        if other := [name for name, view in known.items() if view is None]:
            problems.append(f"{folder}: no frames of {listed(other)}: its windows are not those that its settings make")
    if without:
        problems.append(f"no frames of published logs, which do not record what was shown: {listed(without)}")
    return views


def _view(file: RunFile, video: RunVideo, settings: TaskSettings, filmed: DatasetVideo | None) -> View | None:
    """Return what was shown of a video; None where the windows that follow from it are not those of the run."""
    trial = filmed.trial if filmed else None
    fps, n_frames = video.fps or (trial and trial.fps), video.n_frames or (trial and trial.n_frames)
    if not fps or not n_frames:
        return None
    times = tuple((window.start_s, window.end_s) for window in windows(n_frames, fps, settings.sampling))
    if times != video.windows:
        return None
    asks = file.scoring.asks if file.scoring else lambda pose: True
    not_shown = frozenset(index for index, pose in enumerate(video.poses) if not asks(pose))
    hand, pose = (video.hand, settings.pose) if settings.crop or settings.perturbs_hands else (None, None)
    return View(settings.sampling, fps, n_frames, hand, pose, settings.crop, not_shown, settings.perturb)


def _with_partners(views: Mapping[str, View | None], patients: Mapping[str, str]) -> dict[str, View | None]:
    """Return views with those of the videos that stood in; None where that one's is not known."""
    partners = {name: partner_of(name, patients) for name in views}
    return {
        name: view and (other := views[partners[name]]) and replace(view, partner=(partners[name], other))
        for name, view in views.items()
    }


class ShownWindows:
    """Finds the windows of views as they were shown.

    Args:
        filmed: the videos, by name.
    """

    def __init__(self, filmed: Mapping[str, DatasetVideo]) -> None:
        self._filmed = filmed
        self._hands: Callable[[Path, HandSettings], Hands] = cache(Hands)

    def __call__(self, name: str, view: View) -> tuple[ShownWindow, ...]:
        """Return the windows that something was asked about, in order.

        Args:
            name: of the video.
            view: what was shown of it.

        Raises:
            UserError: its hand cannot be located, or what stood in for it is in no dataset.
        """
        return tuple(self._shown(name, view))

    def _shown(self, name: str, view: View) -> Iterator[ShownWindow]:
        own = windows(view.n_frames, view.fps, view.sampling, name)
        of, shown_of = view.partner or (name, view)
        cut = self._cut(of, shown_of)
        lengths = [len(window.frames) for window in cut]
        for window in own:
            at = place_in_partner(name, window.index, len(window.frames), lengths) if view.partner else window.index
            is_covered = view.settings is None or view.crop or cut[at].hand
            if window.index not in view.not_shown and is_covered:
                yield ShownWindow(window.index, of, shown_of.fps, cut[at])

    def _cut(self, name: str, view: View) -> tuple[Window, ...]:
        """Return all windows of a video, with the boxes of what was cut out or covered."""
        made = windows(view.n_frames, view.fps, view.sampling, name)
        filmed = self._filmed.get(name)
        if filmed is None:
            raise UserError(f"frames of {name} were shown in its place, which is in no dataset")
        if view.settings is None or filmed.trial is None:
            return made
        hands = self._hands(filmed.manifest, view.settings)
        if view.crop:
            made = tuple(replace(one, pose=None) for one in hands.locate(filmed.trial, view.hand, made, crop=True))
        return made if view.crop else hands.box_in(filmed.trial, view.hand, made)
