"""The windows in which a model is most surely wrong, with the truth and its timeline around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from zlib import crc32

import pandas as pd

from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.reports.page.data.overview import WrongWindow
from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.page.runs import RunTables
from lmms_eval_plugins.reports.page.videos import timeline_of_run
from lmms_eval_plugins.reports.patient.wrong import WrongAnswer, wrong_answers

Pictures = Callable[[int, int, int], str | None]
"""Places of a run and a video, index of a window → the picture of its frames, as a relative address."""

_MOST, _FEWEST, _IN_ALL = 40, 12, 600
"""So many windows of a run are shown, and of each of many runs fewer, so that it is about so many in all."""

_MARGIN_S = 2.5
"""How much of the video is shown before a window and after it, in seconds; twice its length where that is more."""

_SOURCES = ("truth", "predicted")
"""Where timelines are from in the timelines table, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a video, in milliseconds."""

    start: int
    end: int


def shown_of_each(n_runs: int) -> int:
    """Return how many windows are shown of each of some runs."""
    return max(_FEWEST, min(_MOST, _IN_ALL // max(1, n_runs)))


def surest_wrong(
    run: RunTables,
    n: int,
    scheme: int,
    videos: Mapping[str, int],
    lengths: Sequence[int],
    picture: Pictures,
) -> tuple[WrongWindow, ...]:
    """Return the windows in which a run is most surely wrong, the surest first.

    Sureness is that of `wrong_answers`. So that they are of many moments, few are of one video, none lies in the
    stretch that is shown around another one, and equally sure ones are drawn: by a digest, so always the same.

    Args:
        run: the run.
        n: at most so many.
        scheme: place of the scheme of its labels.
        videos: name of a video → its place.
        lengths: of the videos, by place, milliseconds.
        picture: finds the picture of a window.
    """
    drawn = sorted(
        wrong_answers(run.answers),
        key=lambda wrong: (*_order(_thousandths(wrong), wrong.disagreeing), _draw(run.place, wrong)),
    )
    found = _spread(drawn, n, {video: lengths[place] for video, place in videos.items()})
    timelines = run.timelines[run.timelines["video_id"].isin({wrong.video_id for wrong, _ in found})]
    hands = run.hands
    of_videos = {str(video): rows for video, rows in timelines.groupby("video_id", sort=False)}
    return tuple(
        WrongWindow(
            run=run.place,
            video=videos[wrong.video_id],
            window=wrong.window,
            start_ms=in_thousandths(wrong.start_s),
            end_ms=in_thousandths(wrong.end_s),
            question=wrong.question,
            truth=wrong.truth,
            answer=wrong.answer,
            probability=_thousandths(wrong),
            disagreeing=wrong.disagreeing,
            around=tuple(
                timeline_of_run(run, source, _cut(rows, stretch), scheme, hands.get(wrong.video_id))
                for source, rows in _by_source(of_videos.get(wrong.video_id))
            ),
            from_ms=stretch.start,
            to_ms=stretch.end,
            picture=picture(run.place, videos[wrong.video_id], wrong.window),
        )
        for wrong, stretch in found
    )


def in_order_of_sureness(
    windows: Iterable[Sequence[WrongWindow]], baselines: Sequence[bool]
) -> tuple[WrongWindow, ...]:
    """Return the windows of all runs: those of models before those of baselines, then the surest first.

    Of equally sure ones of several runs, each run's first ones come before any run's second ones.

    Args:
        windows: of each run.
        baselines: whether a run is a baseline's, by its place.
    """
    placed = [(rank, window) for of_run in windows for rank, window in enumerate(of_run)]

    def order(one: tuple[int, WrongWindow]) -> tuple[bool, int, int, int, int]:
        rank, window = one
        return baselines[window.run], *_order(window.probability, window.disagreeing), rank, window.run

    return tuple(window for _, window in sorted(placed, key=order))


def _order(probability: int | None, disagreeing: int) -> tuple[int, int]:
    """Return a number pair that is the smaller the surer an answer is."""
    return (1 if probability is None else -probability), -disagreeing


def _thousandths(wrong: WrongAnswer) -> int | None:
    return None if wrong.probability is None else in_thousandths(wrong.probability)


def _draw(run: int, wrong: WrongAnswer) -> int:
    return crc32(f"{run} {wrong.video_id} {wrong.window} {wrong.question}".encode(errors="surrogatepass"))


def _spread(wrong: Sequence[WrongAnswer], most: int, lengths: Mapping[str, int]) -> list[tuple[WrongAnswer, _Stretch]]:
    """Return the first ones, with the stretches around them, that do not crowd each other."""
    of_one = max(2, ceil(most / max(1, len({one.video_id for one in wrong}))))
    taken: Counter[str] = Counter()
    shown: dict[str, list[_Stretch]] = {}
    chosen: list[tuple[WrongAnswer, _Stretch]] = []
    for one in wrong:
        if len(chosen) == most:
            break
        own = shown.setdefault(one.video_id, [])
        start, end = in_thousandths(one.start_s), in_thousandths(one.end_s)
        if taken[one.video_id] == of_one or any(start < near.end and near.start < end for near in own):
            continue
        margin = max(in_thousandths(_MARGIN_S), 2 * (end - start))
        stretch = _Stretch(max(0, start - margin), max(end, min(lengths[one.video_id], end + margin)))
        taken[one.video_id] += 1
        own.append(stretch)
        chosen.append((one, stretch))
    return chosen


def _by_source(timelines: pd.DataFrame | None) -> list[tuple[str, pd.DataFrame]]:
    """Return the segments of a video by where they are from, the truth first."""
    if timelines is None:
        return []
    parts = ((source, timelines[timelines["source"] == source]) for source in _SOURCES)
    return [(source, rows) for source, rows in parts if len(rows)]


def _cut(rows: pd.DataFrame, stretch: _Stretch) -> Timeline:
    """Return the part of a timeline that lies in a stretch."""
    start, end = stretch.start / 1000, stretch.end / 1000
    near = rows[(rows["start_s"] < end) & (rows["end_s"] > start)]
    columns = zip(near["start_s"].clip(lower=start), near["end_s"].clip(upper=end), near["primitive"], strict=True)
    return Timeline(tuple(Segment(*one) for one in columns))
