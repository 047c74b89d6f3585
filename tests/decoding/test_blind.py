"""The blind control by many seeds, without the answers that it does not read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.blind import decode_blind
from lmms_eval_plugins.decoding.leave_out import Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from tests.support.decoding import QUESTIONS, make_videos


@pytest.mark.parametrize("by_activity", [False, True])
def test_it_is_the_decoder_whose_evidence_has_no_weight(by_activity: bool) -> None:
    videos = make_videos(right=0.9, patients=3)
    decoding = Decoding(by_activity=by_activity, seed=3, blind=True)
    draws = decode_blind(videos, videos, decoding, PRIMITIVES, 2)
    training = Training(videos, QUESTIONS)
    for place in range(2):
        alone = decode_leaving_out(videos, training, replace(decoding, seed=3 + place)).timelines
        assert tuple(by_seed[place] for by_seed in draws) == alone


def test_answers_and_the_labels_of_the_decoded_change_nothing() -> None:
    videos = make_videos(patients=3)
    other = [replace(video, truth=None) for video in make_videos(right=0.1, patients=3)]
    learned = [replace(video, patient=f"L{video.patient}") for video in videos]
    draws = decode_blind(videos, learned, Decoding(), PRIMITIVES, 2)
    assert draws == decode_blind(other, learned, Decoding(), PRIMITIVES, 2)


def test_one_patient_alone_is_refused() -> None:
    with pytest.raises(UserError, match="nobody else's labels"):
        decode_blind(make_videos(patients=1), make_videos(patients=1), Decoding(), PRIMITIVES)
