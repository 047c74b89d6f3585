from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from tests.support.label_tools import hands, of_hand, read_text, times


@pytest.mark.parametrize(
    "text",
    [
        "start,stop,label,hand\n0,1.5,reach,right\n1.5,4,idle,right\n",
        "Onset;Offset;Behaviour;Side\n0,0;1,5;reach;R\n1,5;4,0;idle;R\n",
        "start_ms\tduration (ms)\tcode\tarm\n0\t1500\treach\tright arm\n1500\t2500\tidle\tright arm\n",
        "label,Start time (s),End time (s),tier\nreach,0,1.5,r\nidle,1.5,4,r\n",
        "From,To,Action,Limb\n00:00:00.000,0:01.5,reach,Right\n0:01.5,00:00:04,idle,Right\n",
        "0\t1.5\tright reach\n1.5\t4\tright idle\n",
        "begin_frame,end_frame,label\n0,45,r_reach\n45,120,r_idle\n",
        "Tier,Begin Time - hh:mm:ss.ms,Begin Time - ss.msec,End Time - ss.msec,Annotation\n"
        "right,00:00:00.000,0,1.5,reach\nright,00:00:01.500,1.5,4,idle\n",
        "# a comment\nsep=;\n".replace("# a comment\n", "")
        + "start;end;label;side\n0;1.5;reach;right\n1.5;4;idle;right\n",
    ],
)
def test_common_tables(tmp_path: Path, text: str) -> None:
    (video,) = read_text(tmp_path, "P1.csv", text)
    assert of_hand(hands(video)) == [("reach", 0.0, 1.5), ("idle", 1.5, 4.0)]


def test_a_table_of_many_videos_and_raters(tmp_path: Path) -> None:
    text = "video,rater,start,stop,label\na.mp4,X,0,1,r_reach\nv/b.mp4,X,0,1,r_idle\na.mp4,Y,0,2,r_reach\n"
    videos = read_text(tmp_path, "x.csv", text)
    assert {(video.media, video.rater): times(video) for video in videos} == {
        ("a.mp4", "X"): [("r_reach", 0, 1)],
        ("b.mp4", "X"): [("r_idle", 0, 1)],
        ("a.mp4", "Y"): [("r_reach", 0, 2)],
    }


def test_a_stop_that_is_missing_makes_a_point(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.csv", "start,stop,label\n0,,r_reach\n2,3,r_idle\n")
    assert of_hand(hands(video)) == [("reach", 0.0, 2.0), ("idle", 2.0, 3.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("start,stop,label\nsoon,1,r_reach\n", "line 2, start: 'soon'"),
        ("start_frame,stop_ms,label\n0,1,r_reach\n", "some times are frames"),
        ('start,stop,label\n0,1,"r_reach\n', "quote"),
        ("start,stop\n0,1\n", "of no format"),
    ],
)
def test_odd_tables_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_text(tmp_path, "x.csv", text)
