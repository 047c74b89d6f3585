"""A small made-up vlms4rehab checkout: three videos, three Fugl-Meyer clips, scores, and one log."""

from __future__ import annotations

import json
from pathlib import Path

VIDEOS = """\
id,path_v,path_l,patient,activity,fps,duration_s,width,height
S1_deodrant1_1,S1/S1_deodrant1_1.avi,S1/S1_deodrant1_1.csv,S1,deodrant,60.0,2.01,64,48
S1_RTT left side0_2,S1/S1_RTT left side0_2.avi,S1/S1_RTT left side0_2.csv,S1,RTT left side,20.2,1.0,64,48
C1_feeding1_1,C1/C1_feeding1_1.mkv,C1/C1_feeding1_1.csv,C1,feeding,60.0,2.0,64,48
"""
CLIPS = """\
path_v,patient,fm_low,fm_high,laterality,video_view,side_affected,affected_video_loc,is_question_view,duration
S1/a.mp4,S1,3,8,A,F,Right,Center,True,1.5
S1/b.mp4,S1,3,8,B,F,Right,Top,False,1.5
C1/c.mp4,C1,3,8,A,F,Right,Center,True,1.5
"""
COLUMNS = [f"{item}{side}" for item in range(3, 34) for side in "LR"]
SCORES = f"""\
Subject ID,Side of body affected,{",".join(COLUMNS)}
S1,Right,{",".join(["2,1"] * 31)}
C1,,{",".join(["2,0"] * 31)}
"""
SELECTIONS = "cohorts: {mild: [S1]}\nselections: {fma: {patients: [S1]}}\n"


def log_line(
    video_id: str = "S1_deodrant1_1",
    target: str = "reach@0.500;idle@1.000;idle@2.010",
    hand: str = "RIGHT",
    end: str = "2.05",
) -> str:
    return json.dumps(
        {
            "doc": {"id": video_id},
            "target": target,
            "input": f"Watch the {hand} hand. <SEP> What does the {hand} hand hold?",
            "resps": [[[["No", "0.0", "0.533"], ["No", "0.533", end]]]],
        }
    )


def write_small_checkout(folder: Path) -> Path:
    """Write the checkout into ``up/`` of a folder, and a selection file beside it; return the folder."""
    for name, content in {
        "up/data/fp/fp_metadata.csv": VIDEOS,
        **{f"up/data/ia/ia_video_metadata{number}.csv": CLIPS for number in (1, 2, 4)},
        "up/data/ia/ia_video_metadata3.csv": CLIPS.replace("False", "True"),
        "up/data/ia/fm_item_scores.csv": SCORES,
        "up/logs/m/1_samples_strokerehab_primitives_3.jsonl": log_line() + "\n",
        "selections.yaml": SELECTIONS,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder
