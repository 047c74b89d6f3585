from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.formats.known import read_tool_file
from tests.support.label_tools import hands, of_hand, read_text, times

AGGREGATED = """\
Observation id,Observation date,Description,Media file,Total length,FPS,Subject,Behavior,Behavioral category,Modifiers,\
Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop
o1,2024-01-01 10:00:00,,/v/P1.mp4,10.000,25.0,right,reach,,,STATE,0.500,2.000,1.500,,
o1,2024-01-01 10:00:00,,/v/P1.mp4,10.000,25.0,right,transport,,,POINT,2.000,2.000,NA,,
o1,2024-01-01 10:00:00,,/v/P1.mp4,10.000,25.0,right,idle,,,STATE,4.000,6.500,2.500,,
o2,2024-01-01 10:00:00,,/v/P2.mp4,8.000,25.0,No focal subject,reach,,left,STATE,1.000,2.000,1.000,,
"""
NEW_AGGREGATED = """\
Observation id,Observation date,Description,Observation type,Source,Time offset (s),Coding duration,Media duration (s),\
FPS (frame/s),Subject,Observation duration by subject by observation,Behavior,Behavioral category,Modifier #1,\
Behavior type,Start (s),Stop (s),Duration (s),Media file name,Image index start,Image index stop,Image file path start,\
Image file path stop,Comment start,Comment stop
o1,2024-01-01,,Media file,player #1:v/a.mp4;v/b.mp4|player #2:c.mp4,100.0,20,10.0;10.0|20.0,25.0;25.0|25.0,\
right,5,reach,Not defined,,STATE,105.000,112.000,7.000,v/a.mp4,,,,,,
"""
OLD_TABULAR = """\
Observation id\to1\t\t\t\t\t\t\t
\t\t\t\t\t\t\t\t
Media file(s)\t\t\t\t\t\t\t\t
Player #1\tP1.mp4\t\t\t\t\t\t\t
Time offset (s)\t1.0\t\t\t\t\t\t\t
\t\t\t\t\t\t\t\t
Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus
1.500\tP1.mp4\t10.000\t25.0\tright\treach\t\t\tSTART
3.000\tP1.mp4\t10.000\t25.0\tright\treach\t\t\tSTOP
3.000\tP1.mp4\t10.000\t25.0\tright\ttransport\t\t\tPOINT
"""
NEW_TABULAR = """\
Observation id,Observation date,Description,Observation duration,Observation type,Source,Time offset (s),\
Media duration (s),FPS,Subject,Behavior,Behavioral category,Behavior type,Time,Media file name,Image index,\
Image file path,Comment
o1,2024-01-01,,10.0,Media file(s),player #1:v/P1.mp4,0.0,10.000,25.000,right,reach,,START,0.500,v/P1.mp4,12,NA,
o1,2024-01-01,,10.0,Media file(s),player #1:v/P1.mp4,0.0,10.000,25.000,right,reach,,STOP,2.000,v/P1.mp4,50,NA,
"""
EVENTS = "# comment\ntime,subject,code,modifier,comment\n0.5,right hand,reach,,\n2,right hand,reach,,\n"


def test_aggregated_events(tmp_path: Path) -> None:
    first, second = read_text(tmp_path, "x.csv", AGGREGATED)
    assert (first.media, first.duration_s, first.fps) == ("P1.mp4", 10.0, 25.0)
    assert times(first) == [("reach", 0.5, 2.0), ("transport", 2.0, None), ("idle", 4.0, 6.5)]
    assert of_hand(hands(first)) == [("reach", 0.5, 2.0), ("transport", 2.0, 4.0), ("idle", 4.0, 6.5)]
    assert of_hand(hands(second), "left") == [("reach", 1.0, 2.0)]


def test_aggregated_events_of_files_in_a_row(tmp_path: Path) -> None:
    first, second = read_text(tmp_path, "x.csv", NEW_AGGREGATED)
    assert (first.media, times(first)) == ("a.mp4", [("reach", 5.0, 10.0)])
    assert (second.media, times(second)) == ("b.mp4", [("reach", 0.0, 2.0)])


def test_old_tabular_events_with_their_header_rows(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.tsv", OLD_TABULAR)
    assert (video.media, video.duration_s) == ("P1.mp4", 10.0)
    assert times(video) == [("reach", 0.5, 2.0), ("transport", 2.0, None)]


def test_new_tabular_events(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.csv", NEW_TABULAR)
    assert (video.media, times(video)) == ("P1.mp4", [("reach", 0.5, 2.0)])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_events_as_boris_imports_them(tmp_path: Path, delimiter: str, encoding: str) -> None:
    (tmp_path / "P7.csv").write_bytes(EVENTS.replace(",", delimiter).encode(encoding))
    (video,) = read_tool_file(tmp_path / "P7.csv")[1]
    assert (video.media, times(video)) == ("P7", [("reach", 0.5, 2.0)])


def test_a_time_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"line 2, start \(s\): '0:00' is not a number"):
        read_text(tmp_path, "x.csv", AGGREGATED.replace("0.500,2.000,1.500", "0:00,2.000,1.500"))
