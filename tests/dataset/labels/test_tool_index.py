from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.dataset.index import index_folder
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.dataset.labels.tool_index import WithToolLabels, find_tool_files, with_tool_labels
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.video.probe import VideoInfo
from tests.support.label_tools import eaf, slots, tier

OURS = "Time_s,MarkerNames\n0,l_reach\n1,l_idle\n2,\n"
TABLE = "start,stop,label\n0,1,r_reach\n1,2,r_idle\n"


def put(folder: Path, name: str, text: str = "video") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def elan(media: str, code: str = "reach") -> str:
    link = f'<MEDIA_DESCRIPTOR MEDIA_URL="file:///a/{media}" MIME_TYPE="video/mp4"/>'
    return eaf(tier("right", (code, 1, 2), ("idle", 2, 3)), slots(0, 1000, 2000), link)


def index(videos: Path, *given: Path, mapping: LabelMapping | None = None) -> tuple[WithToolLabels, tuple[str, ...]]:
    target = videos / "labels"
    tools = find_tool_files(videos, given, target)
    folders = [place for place in given if place.is_dir()]
    report = index_folder(
        videos,
        labels_dir=folders[0] if folders else None,
        further_labels=folders[1:],
        probe=lambda path: VideoInfo(fps=30.0, n_frames=60, width=64, height=48),
        foreign=tools.all,
    )
    found = with_tool_labels(report.trials, videos, tools, target, mapping or LabelMapping(), primitives_scheme())
    return found, report.problems


def test_a_tools_file_beside_its_video(tmp_path: Path) -> None:
    put(tmp_path, "S1/S1_feeding1_1.mp4")
    put(tmp_path, "S1/S1_feeding1_1.eaf", elan("S1_feeding1_1.mp4"))
    found, problems = index(tmp_path)
    (trial,) = found.trials
    assert not problems and not found.problems
    assert (trial.labels, trial.hand) == (tmp_path / "labels/S1/S1_feeding1_1.csv", "right")
    assert trial.labels and read_labels(trial.labels).timeline.to_text() == "reach@0.000;idle@1.000;idle@2.000"


def test_indexing_again_is_the_same(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    source = put(tmp_path, "a.eaf", elan("a.mp4"))
    first, _ = index(tmp_path)
    source.write_text(elan("a.mp4", "transport"), encoding="utf-8")
    again, problems = index(tmp_path)
    assert not problems and again.trials == first.trials
    assert again.trials[0].labels and read_labels(again.trials[0].labels).timeline.labels == ("transport", "idle")


def test_one_file_of_many_videos(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path, f"v/{name}.mp4")
    given = put(tmp_path, "all.csv", "video,start,stop,label\na.mp4,0,1,r_reach\nb.mp4,0,1,l_idle\nc.mp4,0,1,l_idle\n")
    found, _ = index(tmp_path / "v", given)
    assert [(trial.video_id, trial.hand) for trial in found.trials] == [("a", "right"), ("b", "left")]
    (problem,) = found.problems
    assert problem.startswith(f"{given}: no video is named 'c'")


def test_a_folder_of_tools_files(tmp_path: Path) -> None:
    put(tmp_path, "v/S1/a.mp4")
    put(tmp_path, "v/S1/a.csv", OURS)
    put(tmp_path, "given/a.eaf", elan("a.mp4"))
    found, problems = index(tmp_path / "v", tmp_path / "given")
    assert not problems and not found.problems
    assert found.trials[0].hand == "right"


def test_ours_beside_a_video_come_before_a_tools(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    ours = put(tmp_path, "a.csv", OURS)
    source = put(tmp_path, "a.eaf", elan("a.mp4"))
    found, _ = index(tmp_path)
    assert found.trials[0].labels == ours
    assert found.warnings == (f"{source}: is not used, a.mp4 has {ours}",)


def test_a_table_of_starts_and_stops_named_as_its_video(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    put(tmp_path, "a.csv", TABLE)
    found, problems = index(tmp_path)
    assert not problems and found.trials[0].hand == "right"


def test_raters_of_a_tools_file(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    text = eaf(
        tier("right (B)", ("reach", 1, 2), ANNOTATOR="B")
        + tier("right (A)", ("idle", 1, 2), first=5, ANNOTATOR="A")
        + tier("right (prediction)", ("idle", 1, 2), first=9, ANNOTATOR="prediction"),
        slots(0, 2000),
    ).replace("P1%20shelf", "a")
    put(tmp_path, "a.eaf", text)
    found, _ = index(tmp_path)
    labels = tmp_path / "labels"
    assert (found.trials[0].labels, found.trials[0].other_labels) == (labels / "A/a.csv", (labels / "B/a.csv",))
    assert len(found.warnings) == 2


def test_of_raters_in_several_folders_the_first_is_the_truth(tmp_path: Path) -> None:
    put(tmp_path, "v/a.mp4")
    for rater in ("zoe", "anna"):
        put(tmp_path, f"{rater}/a.eaf", elan("a.mp4"))
    found, _ = index(tmp_path / "v", tmp_path / "zoe", tmp_path / "anna")
    labels = tmp_path / "v" / "labels"
    assert (found.trials[0].labels, found.trials[0].other_labels) == (labels / "zoe/a.csv", (labels / "anna/a.csv",))


def test_the_choice_between_two_labelled_hands_is_said(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    both = "0,0.5,r_reach\n0.5,1,r_idle\n1,2,r_reach\n0,1,l_reach\n1,2,l_idle\n"
    put(tmp_path, "a.csv", f"start,stop,label\n{both}")
    found, _ = index(tmp_path)
    assert found.trials[0].hand == "right"
    (warning,) = found.warnings
    assert "both hands are labelled: the right hand is read (3 labels), the other has 2" in warning


def test_what_is_not_understood_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    put(tmp_path, "b.mp4")
    put(tmp_path, "a.eaf", elan("a.mp4", "trasport"))
    put(tmp_path, "b.eaf", "<broken")
    put(tmp_path, "notes.json", "{}")
    found, _ = index(tmp_path)
    assert [trial.labels for trial in found.trials] == [None, None]
    assert "did you mean 'transport'" in found.problems[0] and "b.eaf: not valid XML" in found.problems[1]
    mapped, _ = index(tmp_path, mapping=LabelMapping(codes={"trasport": "transport"}))
    assert mapped.trials[0].labels


def test_labels_of_the_user_are_not_written_over(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    put(tmp_path, "a.eaf", elan("a.mp4"))
    own = put(tmp_path, "labels/a.csv", OURS)
    found, _ = index(tmp_path)
    assert own.read_text(encoding="utf-8") == OURS
    assert any(problem.startswith(f"{own}: is there and was not converted") for problem in found.problems)
