from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from tests.support.label_tools import eaf, hands, kinds, of_hand, read_text, slots, tier, times


def test_tiers_are_read_in_seconds(tmp_path: Path) -> None:
    text = eaf(tier("Right arm", ("Reach", 1, 2), ("transport", 3, 4)), slots(0, 1500, 1500, 4000))
    (video,) = read_text(tmp_path, "x.eaf", text)
    assert video.media == "P1 shelf.mp4"
    assert times(video, "Right arm") == [("Reach", 0.0, 1.5), ("transport", 1.5, 4.0)]
    assert of_hand(hands(video)) == [("reach", 0.0, 1.5), ("transport", 1.5, 4.0)]


def test_each_video_has_its_own_time_origin(tmp_path: Path) -> None:
    media = (
        '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a/front.mp4" MIME_TYPE="video/mp4"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a/side.mpg" MIME_TYPE="video/mpeg" TIME_ORIGIN="1200"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a/sound.wav" MIME_TYPE="audio/x-wav" TIME_ORIGIN="7"/>'
    )
    videos = read_text(tmp_path, "x.eaf", eaf(tier("right", ("reach", 1, 2)), slots(0, 500), media))
    assert {video.media: times(video) for video in videos} == {
        "front.mp4": [("reach", 0.0, 0.5)],
        "side.mpg": [("reach", 1.2, 1.7)],
    }


def test_slots_without_a_value_lie_evenly_between_their_neighbours(tmp_path: Path) -> None:
    text = eaf(tier("right", ("reach", 1, 2), ("transport", 2, 3), ("idle", 3, 4)), slots(0, None, None, 3000))
    (video,) = read_text(tmp_path, "x.eaf", text)
    assert times(video) == [("reach", 0.0, 1.0), ("transport", 1.0, 2.0), ("idle", 2.0, 3.0)]
    assert [remark.kind for remark in video.remarks] == ["no-time"]


def test_an_annotation_without_time_is_wrong_unless_its_tier_is_left_out(tmp_path: Path) -> None:
    both = tier("right", ("reach", 1, 2)) + tier("right also", ("reach", 3, 4), first=9)
    (video,) = read_text(tmp_path, "x.eaf", eaf(both, slots(0, 1000, 2000, None)))
    assert ("wrong", "no-time") in kinds(hands(video))


def test_dependent_tiers_have_their_parents_time(tmp_path: Path) -> None:
    def ref(name: str, parent: str, value: str, previous: str = "") -> str:
        before = f' PREVIOUS_ANNOTATION="{previous}"' if previous else ""
        return (
            f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{parent}"{before}>'
            f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        )

    children = (
        '<TIER LINGUISTIC_TYPE_REF="l" TIER_ID="right primitive" PARENT_REF="phase">'
        + ref("a8", "a1", "transport", "a7")
        + ref("a7", "a1", "reach")
        + "</TIER>"
    )
    (video,) = read_text(tmp_path, "x.eaf", eaf(tier("phase", ("first", 1, 2)) + children, slots(1000, 3000)))
    assert times(video, "right primitive") == [("reach", 1.0, 2.0), ("transport", 2.0, 3.0)]


def test_a_vocabulary_explains_codes(tmp_path: Path) -> None:
    words = (
        '<LANGUAGE LANG_ID="eng"/><CONTROLLED_VOCABULARY CV_ID="v"><CV_ENTRY_ML CVE_ID="c1">'
        '<CVE_VALUE LANG_REF="eng" DESCRIPTION="Reaching">Q1</CVE_VALUE></CV_ENTRY_ML></CONTROLLED_VOCABULARY>'
    )
    (video,) = read_text(tmp_path, "x.eaf", eaf(tier("right", ("Q1", 1, 2)), slots(0, 900), end=words))
    found = hands(video)
    assert of_hand(found) == [("reach", 0.0, 0.9)]
    assert ("fine", "by-description") in kinds(found)


def test_annotators_of_parallel_tiers_are_raters(tmp_path: Path) -> None:
    text = eaf(
        tier("right (AB)", ("reach", 1, 2), ANNOTATOR="AB")
        + tier("right (CD)", ("idle", 1, 2), first=5, ANNOTATOR="CD"),
        slots(0, 1000),
    )
    videos = read_text(tmp_path, "x.eaf", text)
    assert {video.rater: of_hand(hands(video)) for video in videos} == {
        "AB": [("reach", 0.0, 1.0)],
        "CD": [("idle", 0.0, 1.0)],
    }


def test_annotators_of_different_hands_are_one_rater(tmp_path: Path) -> None:
    text = eaf(
        tier("right", ("reach", 1, 2), ANNOTATOR="AB") + tier("left", ("idle", 1, 2), first=5, ANNOTATOR="CD"),
        slots(0, 1000),
    )
    (video,) = read_text(tmp_path, "x.eaf", text)
    assert video.rater == ""
    assert set(hands(video).hands) == {"left", "right"}


def test_frames_of_pal_are_seconds(tmp_path: Path) -> None:
    text = eaf(tier("right", ("reach", 1, 2)), slots(0, 50), unit="PAL-frames")
    assert times(read_text(tmp_path, "x.eaf", text)[0]) == [("reach", 0.0, 2.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (eaf(tier("r", ("reach", 1, 7)), slots(0, 1)), None),
        (eaf('<TIER LINGUISTIC_TYPE_REF="l"/>', slots(0)), "not an ELAN document that can be read"),
        (eaf(tier("r", ("x", 1, 2)), slots(0, 1), unit="fortnights"), "fortnights"),
        ("<ANNOTATION_DOCUMENT><HEADER>", "not valid XML"),
        ('<!DOCTYPE x [<!ENTITY a "ha">]><ANNOTATION_DOCUMENT>&a;</ANNOTATION_DOCUMENT>', "refused"),
    ],
)
def test_damaged_documents_are_named(tmp_path: Path, text: str, said: str | None) -> None:
    if said is None:
        assert ("wrong", "no-time") in kinds(hands(read_text(tmp_path, "x.eaf", text)[0]))
        return
    with pytest.raises(UserError, match=said):
        read_text(tmp_path, "x.eaf", text)
