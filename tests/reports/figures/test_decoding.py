"""The figure of what a decoder changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.reports.figures import Results, draw


def test_truth_rule_and_decoded_of_each_video_the_best_gain_first(tiny: Path) -> None:
    figure = draw("decoding", Results([str(tiny)], decoding=Decoding("viterbi"))).figure
    assert len(figure.axes) == 4  # fewer than six videos: all of them
    for axis in figure.axes:
        assert [label.get_text() for label in axis.get_yticklabels()] == ["truth", "rule", "viterbi"]
    scores = [axis.get_title(loc="left").split("edit score ")[1].split(" → ") for axis in figure.axes]
    gains = [int(after) - int(before) for before, after in scores]
    assert gains == sorted(gains, reverse=True)
    assert LABEL in " ".join(text.get_text() for text in figure.texts)


def test_it_wants_a_decoder(tiny: Path) -> None:
    with pytest.raises(UserError, match="name one with --decoder"):
        draw("decoding", Results([str(tiny)]))
