from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import RatedVideo, ToolFormat
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, LabelReader, apart
from lmms_eval_plugins.dataset.labels.write_tools import write_for_tool
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Hand

FPS = 25.0


@st.composite
def timelines(draw: st.DrawFn, step_s: float) -> Timeline:
    """Draw labels and gaps at whole steps of time, within 20 s."""
    most = int(20 / step_s)
    cuts = sorted(draw(st.sets(st.integers(0, most), min_size=2, max_size=12)))
    segments = [
        Segment(round(start * step_s, 6), round(end * step_s, 6), draw(st.sampled_from(PRIMITIVES)))
        for start, end in pairwise(cuts)
        if draw(st.booleans()) or start == cuts[0]
    ]
    return Timeline(tuple(segments)).merged()


@st.composite
def rated_videos(draw: st.DrawFn, step_s: float) -> list[RatedVideo]:
    """Draw the raters' labels of one or two videos of one or two hands."""
    names = draw(st.sampled_from([["P1_feeding1_1"], ["P 1.5", "P2 (left)"]]))
    raters = draw(st.sampled_from([[""], ["truth", "prediction"], ["truth", "prediction", "decoded mbr"]]))
    hands: list[Hand] = draw(st.sampled_from([["left"], ["right"], ["right", "left"]]))
    return [
        RatedVideo(
            name,
            {hand: draw(timelines(step_s)) for hand in hands},
            rater,
            draw(st.sampled_from(["", f"/v/{name}.mov"])),
            FPS,
        )
        for name in names
        for rater in raters
    ]


def read_back(
    folder: Path,
) -> dict[tuple[str, str], dict[Hand, list[tuple[str, float, float]]]]:
    found = apart([*LabelReader().read_folder(folder)])
    assert not [remark for one in found for remark in one.remarks if remark.grade == "wrong"]
    return {(one.video.name, one.video.rater): rounded(one.video) for one in found if one.video}


def rounded(video: RatedVideo) -> dict[Hand, list[tuple[str, float, float]]]:
    return {
        hand: [(one.label, round(one.start_s, 3), round(one.end_s, 3)) for one in timeline.segments]
        for hand, timeline in video.hands.items()
    }


@pytest.mark.parametrize(
    ("form", "step_s"), [("elan", 0.001), ("boris", 0.001), ("csv", 0.001), ("label-studio", 1 / FPS)]
)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_reads_as_it_was(form: ToolFormat, step_s: float, data: st.DataObject) -> None:
    videos = data.draw(rated_videos(step_s))
    with TemporaryDirectory() as folder:
        out = Path(folder)
        files = write_for_tool(videos, out, form, primitives_scheme())
        if form == "boris":
            for path in files[1:]:
                path.unlink()
        found = read_back(out)
    raters = {rater for _, rater in found}
    assert len(found) == len(videos)
    for video in videos:
        rater = "" if form == "label-studio" and video.rater == "truth" and "" in raters else video.rater
        assert found[video.name, rater] == rounded(video)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_tables_that_boris_imports_read_as_they_were(data: st.DataObject) -> None:
    video = replace(data.draw(rated_videos(0.001))[0], rater="")
    with TemporaryDirectory() as folder:
        _, table = write_for_tool([video], Path(folder), "boris", primitives_scheme())
        (read,) = LabelReader().read_file(table)
    assert read.video is not None
    assert rounded(read.video) == rounded(video)


def test_offsets_are_on_the_containers_clock(tmp_path: Path) -> None:
    timeline = Timeline((Segment(1.2, 2.2, "reach"), Segment(2.2, 3.2, "idle")))
    video = RatedVideo("P1", {"right": timeline}, "", "P1.mp4", FPS, 20.0, offset_s=1.2)
    facts = {"fps": FPS, "n_frames": 500, "duration_s": 20.0, "width": 8, "height": 8, "offset_s": 1.2}
    trial = Trial.model_validate({"video_id": "P1", "path": "/v/P1.mp4", "patient": "P", **facts})
    reader = LabelReader(KnownVideos([trial]))
    for form in get_args(ToolFormat):
        (one, *_) = apart([*reader.read_file(write_for_tool([video], tmp_path / form, form, primitives_scheme())[0])])
        assert one.video is not None
        assert rounded(one.video) == {"right": [("reach", 1.2, 2.2), ("idle", 2.2, 3.2)]}


def test_label_studio_needs_a_rate(tmp_path: Path) -> None:
    video = RatedVideo("P1", {"right": Timeline((Segment(0, 1, "reach"),))})
    with pytest.raises(UserError, match="P1: its rate is not known"):
        write_for_tool([video], tmp_path, "label-studio", primitives_scheme())


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    video = RatedVideo("P1", {"right": Timeline((Segment(0, 1, "reach"),))})
    with pytest.raises(UserError, match="choose another folder"):
        write_for_tool([video], tmp_path, "csv", primitives_scheme(), keep=[tmp_path / "P1.csv"])
    assert not list(tmp_path.iterdir())


def test_names_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    video = RatedVideo("../P1", {"right": Timeline((Segment(0, 1, "reach"),))}, rater="../../x")
    for form in ("csv", "elan", "boris"):
        for path in write_for_tool([video], tmp_path / "out", form, primitives_scheme()):
            assert (tmp_path / "out") in path.resolve().parents


HALF = Timeline((Segment(0.0, 1.0, "reach"), Segment(1.0, 2.0, "idle")))
RATED = [
    RatedVideo("P1", {"left": HALF}, rater, "/v/P1 a.mov", FPS)
    for rater in ("truth", "anna", "prediction", "decoded mbr")
]


def test_label_studio_takes_the_tasks(tmp_path: Path) -> None:
    """Its import takes an annotator whom it knows, by number or as an object with an e-mail address, or none."""
    write_for_tool(RATED, tmp_path, "label-studio", primitives_scheme())
    (task,) = json.loads((tmp_path / "label-studio.json").read_text(encoding="utf-8"))
    assert task["data"] == {"video": "/data/local-files/?d=v/P1%20a.mov", "fps": FPS}
    assert [(one["ground_truth"], "completed_by" in one) for one in task["annotations"]] == [
        (True, False),
        (False, False),
    ]
    assert [one["model_version"] for one in task["predictions"]] == ["prediction", "decoded mbr"]
    view = fromstring((tmp_path / "label-studio.config").read_text(encoding="utf-8"))
    controls = {one.get("name"): {label.get("value") for label in one} for one in view.iter("TimelineLabels")}
    assert controls == {"left": set(PRIMITIVES)}
    (shown,) = view.iter("Video")
    assert (shown.get("value"), shown.get("frameRate")) == ("$video", "$fps")
    used = {r["from_name"] for one in (*task["annotations"], *task["predictions"]) for r in one["result"]}
    assert used <= set(controls)
    assert set(read_back(tmp_path)) == {("P1 a", video.rater) for video in RATED}


def test_boris_tables_give_way_to_the_project_beside_them(tmp_path: Path) -> None:
    write_for_tool([replace(video, media="/v/P1.mov") for video in RATED], tmp_path, "boris", primitives_scheme())
    project = tmp_path / "labels.boris"
    project.write_text(project.read_text(encoding="ascii").replace('"idle"', '"stabilize"'), encoding="ascii")
    found = read_back(tmp_path)
    assert {label for hands in found.values() for label, _, _ in hands["left"]} == {"reach", "stabilize"}


@pytest.mark.parametrize("form", ["elan", "boris", "label-studio"])
def test_labels_of_any_script_come_back(tmp_path: Path, form: ToolFormat) -> None:
    scheme = Scheme(
        name="ünï", labels={name: SchemeLabel(colour="#112233") for name in ("über den tisch", "休息", "a & <b>")}
    )
    timeline = Timeline(tuple(Segment(float(i), i + 1.0, name) for i, name in enumerate(scheme.names)))
    write_for_tool([RatedVideo("P1", {"right": timeline}, "", "", FPS)], tmp_path, form, scheme)
    reader = LabelReader(KnownVideos(scheme=scheme))
    (one,) = apart([*reader.read_folder(tmp_path)])
    assert one.video and one.video.hands == {"right": timeline}
    if form == "boris":
        (tmp_path / "labels.boris").read_text(encoding="ascii")
