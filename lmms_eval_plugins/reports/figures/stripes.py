"""Timelines of single videos: the truth, and below it what was predicted."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.windows import JudgedVideo
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import COHORTS, in_order
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import PAGE_MM, Drawing, add_foot, panels
from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.runs.data_frames.load import file_of

_MANY_RUNS = 4
_MANY_VIDEOS = 4
_HIGH = 0.76
_KEYS = 5
"""Labels beside each other in the legend."""


def draw_stripes(results: Results) -> Drawing:
    """Draw timelines of chosen videos; without a choice, of the first video of each cohort.

    Shows the named runs (at most four), else the best.
    """
    chosen, remarks = results.choose(DOSE)
    runs = [str(run) for run in results.of_family(DOSE)["run"]][:_MANY_RUNS] if results.named else [chosen]
    if results.named:
        remarks = ()
    scheme = results.scheme_of(*runs)
    names = labels(results.runs[results.runs["run"].isin(runs)])
    named = bool(results.videos)
    judged = {run: {video.video_id: video for video in results.judged(run, every=named)} for run in runs}
    first = judged[runs[0]]
    videos = [_find(first, name) for name in results.videos] or _of_each_cohort(first)
    tall = 8 + len(videos) * (7 + 4.5 * (1 + len(runs))) + 8
    figure, axes = panels(PAGE_MM, tall, len(videos), 1)
    for axis, video in zip(axes, videos, strict=True):
        rows = [("truth", video.truth)]
        for run in runs:
            if found := judged[run].get(video.video_id):
                rows.append((names[run] if len(runs) > 1 else "predicted", found.predicted))
        draw_timelines(axis, rows, scheme)
        about = ", ".join(filter(None, (video.cohort, video.activity)))
        axis.set_title(f"{video.video_id}" + (f" ({about})" if about else ""))
    axes[-1].set_xlabel("seconds")
    add_legend(figure, scheme)
    add_foot(figure, results.foot_of(*runs))
    return Drawing(figure, remarks)


def _find(videos: dict[str, JudgedVideo], name: str) -> JudgedVideo:
    if name not in videos:
        raise UserError(f"no video {name!r} with a truth in the run{nearest(name, videos)}")
    return videos[name]


def _of_each_cohort(videos: dict[str, JudgedVideo]) -> list[JudgedVideo]:
    """Return the first video of each cohort in the run, the most able cohort first, those not known last."""
    firsts: dict[str | None, JudgedVideo] = {}
    for video in videos.values():
        firsts.setdefault(video.cohort, video)
    order: list[str | None] = [*in_order({cohort for cohort in firsts if cohort}, COHORTS), None]
    return [firsts[cohort] for cohort in order if cohort in firsts][:_MANY_VIDEOS]


def add_legend(figure: Figure, scheme: Scheme) -> None:
    """Add a legend of the labels' colours above the panels."""
    handles = [Patch(color=colour, label=name) for name, colour in scheme.colours.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=_KEYS, borderaxespad=0.2)


def draw_timelines(axis: Axes, rows: list[tuple[str, Timeline]], scheme: Scheme) -> None:
    """Draw timelines under each other, each with its name."""
    for place, (_, timeline) in enumerate(rows):
        for segment in timeline.merged().segments:
            axis.broken_barh(
                [(segment.start_s, segment.duration_s)],
                (place - _HIGH / 2, _HIGH),
                facecolors=scheme.colours.get(segment.label, "black"),
                linewidth=0,
            )
    axis.set_yticks(range(len(rows)), [name for name, _ in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(0, max(timeline.end_s for _, timeline in rows))
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


_EACH = 3


def draw_decoding(results: Results) -> Drawing:
    """Draw truth, rule and decoded timelines of the three videos whose edit score gained most, and of the worst three.

    Both sides read replies alike. Of several runs, the best decoded one unless another is named; of fewer than six
    videos, all.
    """
    if results.decoding is None:
        raise UserError("the figure compares a decoder with the rule; name one with --decoder, such as mbr")
    run, remarks = results.choose(DOSE)
    scheme = results.scheme_of(run)
    path = str(results.runs.set_index("run").loc[run, "path"])
    ruled = Results(
        [file_of(path)], split_runs=results.split_runs, reading=results.reading or "default", only=results.only
    )
    before = dict(zip(ruled.runs["path"], ruled.runs["run"], strict=True))[path]
    scores = results.scores_of(run).set_index("video_id")["edit_score"].astype(float)
    gains = (scores - ruled.scores_of(before).set_index("video_id")["edit_score"].astype(float)).dropna()
    ordered = list(gains.sort_values(ascending=False, kind="stable").index)
    shown = [*ordered[:_EACH], *ordered[_EACH:][-_EACH:]]
    decoded = {video.video_id: video for video in results.judged(run)}
    by_rule = {video.video_id: video for video in ruled.judged(before)}
    figure, axes = panels(PAGE_MM, 16 + 20.5 * len(shown), len(shown), 1)
    for axis, name in zip(axes, shown, strict=True):
        video = decoded[name]
        rows = [("truth", video.truth), ("rule", by_rule[name].predicted), (results.decoding.method, video.predicted)]
        draw_timelines(axis, rows, scheme)
        about = ", ".join(filter(None, (video.cohort, video.activity)))
        old, new = scores[name] - gains[name], scores[name]
        axis.set_title(f"{name}" + f" ({about})" * bool(about) + f": edit score {old:.0f} → {new:.0f}")
    axes[-1].set_xlabel("seconds")
    add_legend(figure, scheme)
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)
