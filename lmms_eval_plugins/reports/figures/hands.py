"""Left and right: how often the labelled hand and the other one are called active."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lmms_eval_plugins.assessments.dose.detection import APART, HandsWindow, activation
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.file_names import activity_of_label, parse_name
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import BLUE, ORANGE, PAGE_MM, SMALL, Drawing, add_foot, panels
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval
from lmms_eval_plugins.study.left_right import FILE_NAME, find_hand_results, read_hand_results

_WIDTH = 0.36
_HANDS = ("labelled hand", "other hand")


def draw_left_right(results: Results) -> Drawing:
    """Draw shares of windows in which a hand is called active, whole picture and crop, with 95 % intervals by patients.

    Left, over all windows. Middle, over the windows in which the labelled hand truly moves, of the videos whose truth
    some log among the paths holds. Right, the other hand over all windows by how the crops of the two hands lie.
    """
    videos = read_hand_results(find_hand_results(results.paths), results.truths())
    videos = {video: videos[video] for video in _shown(list(videos), results.only)}
    windows = [window for of_video in videos.values() for window in of_video]
    moving = [window for window in windows if window.moves]
    known = sum(of_video[0].moves is not None for of_video in videos.values())
    figure, axes = panels(PAGE_MM, 58, 1, 3, (2, 2, 3))
    _pairs(axes[0], _by_hand(windows), _HANDS)
    axes[0].set_title(f"all {len(windows):,} windows\nof {len(videos)} videos")
    if moving:
        _pairs(axes[1], _by_hand(moving), _HANDS)
        axes[1].set_title(f"{len(moving):,} windows in which the labelled\nhand moves ({known} videos with a truth)")
    else:
        axes[1].set_axis_off()
    groups = {name: [window for window in windows if window.apart == name] for name in APART}
    shares = [(activation(group).other, activation(group).other_crop) for group in groups.values() if group]
    _pairs(axes[2], shares, [f"{name}\n({len(group):,})" for name, group in groups.items() if group])
    axes[2].set_title("other hand, by how the\ncrops of the hands lie")
    axes[0].set_ylabel("share called active (95 % interval)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, borderaxespad=0.2)
    n_patients = len({window.patient for window in windows})
    whose = f"RTT videos of {n_patients} healthy controls"
    by_patients = f"{whose}; intervals by patients, none for fewer than {FEWEST_PATIENTS} of them"
    add_foot(figure, [by_patients, results.only.described])
    return Drawing(figure)


def _shown(videos: Sequence[str], only: VideoFilter) -> list[str]:
    """Return the videos that are shown; patient, activity and view are those in their names.

    Raises:
        UserError: there are none.
    """
    names = [parse_name(video) for video in videos]
    about = pd.DataFrame(
        {
            "video_id": videos,
            "patient": [name and name.patient for name in names],
            "activity": [name and activity_of_label(name.activity) for name in names],
            "label": [name and name.activity for name in names],
            "view": [name and str(name.view) for name in names],
        }
    )
    shown = list(only.rows(about)["video_id"])
    if not shown:
        raise UserError(f"{FILE_NAME}: no video in it is left: {only.described}")
    return shown


def _by_hand(windows: Sequence[HandsWindow]) -> list[tuple[Interval, Interval]]:
    shares = activation(windows)
    return [(shares.focus, shares.focus_crop), (shares.other, shares.other_crop)]


def _pairs(axis: Axes, pairs: Sequence[tuple[Interval, Interval]], names: Sequence[str]) -> None:
    for offset, label, colour, which in ((-0.5, "whole picture", BLUE, 0), (0.5, "crop", ORANGE, 1)):
        shares = [pair[which] for pair in pairs]
        values = np.array([share.value or 0.0 for share in shares])
        ends = np.array([(share.low, share.high) for share in shares], dtype=float)
        tops = np.where(np.isnan(ends[:, 1]), values, ends[:, 1])
        at = np.arange(len(shares)) + offset * _WIDTH
        axis.bar(at, values, _WIDTH, color=colour, label=label)
        axis.errorbar(at, values, yerr=np.abs(ends.T - values), fmt="none", ecolor="black", elinewidth=0.8)
        for x, value, top in zip(at, values, tops, strict=True):
            axis.text(x, top + 0.015, f"{value:.2f}", ha="center", va="bottom", fontsize=SMALL)
    axis.set_xticks(range(len(names)), names)
    axis.tick_params(axis="x", length=0)
    axis.set_ylim(0, 1.08)
    axis.set_yticks(np.linspace(0, 1, 6))
