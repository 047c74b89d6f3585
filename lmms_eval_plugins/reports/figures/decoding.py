"""What decoding changes: the videos that gained and that lost most, truth above rule above decoded."""

from __future__ import annotations

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.stripes import add_legend, draw_timelines
from lmms_eval_plugins.reports.figures.style import PAGE_MM, Drawing, add_foot, panels
from lmms_eval_plugins.runs.data_frames.load import file_of

_EACH = 3


def draw_decoding(results: Results) -> Drawing:
    """Draw truth, rule and decoded timelines of the three videos whose edit score gained most, and of the worst three.

    Of several runs, the best decoded one unless another is named; of fewer than six videos, all.
    """
    if results.decoding is None:
        raise UserError("the figure compares a decoder with the rule; name one with --decoder, such as mbr")
    run, remarks = results.choose(DOSE)
    path = str(results.runs.set_index("run").loc[run, "path"])
    ruled = Results([file_of(path)], split_runs=results.split_runs)
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
        draw_timelines(axis, rows)
        about = ", ".join(filter(None, (video.cohort, video.activity)))
        old, new = scores[name] - gains[name], scores[name]
        axis.set_title(f"{name}" + f" ({about})" * bool(about) + f": edit score {old:.0f} → {new:.0f}")
    axes[-1].set_xlabel("seconds")
    add_legend(figure)
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)
