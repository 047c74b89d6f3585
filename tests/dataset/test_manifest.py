from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import name_key, name_problem
from lmms_eval_plugins.dataset.manifest import read_fma_manifest, read_item_scores, read_manifest, write_manifest
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial
from lmms_eval_plugins.domain.vocabulary import COHORTS
from tests.support.checkout import make_trial
from tests.support.damage import damaged_bytes, one_line_or

HEADER = "video_id,path,patient,fps,n_frames,duration_s,width,height"

plain = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" ,;\"'"), min_size=1, max_size=12
).filter(lambda word: word.strip() == word and word)
words = plain.filter(lambda word: name_problem(word) is None)
file_names = words.map(Path)
positive = st.floats(min_value=1e-6, max_value=1e6)
sizes = st.integers(1, 10_000)


def trials_in(folder: Path) -> st.SearchStrategy[Trial]:
    paths = file_names.map(lambda name: folder / name)
    return st.builds(
        Trial,
        video_id=words,
        path=paths,
        patient=words,
        cohort=st.sampled_from(["", *COHORTS]),
        activity=st.just("") | plain,
        repetition=st.integers(0, 99),
        view=plain,
        hand=st.sampled_from(["", "left", "right"]),
        fps=positive,
        n_frames=sizes,
        duration_s=positive,
        width=sizes,
        height=sizes,
        labels=st.none() | paths,
    )


OWN_COLUMNS = ("leans forward", "age")


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_manifests_read_back_exactly(tmp_path: Path, data: st.DataObject) -> None:
    trials = data.draw(
        st.lists(trials_in(tmp_path), min_size=1, max_size=4, unique_by=lambda trial: name_key(trial.video_id))
    )
    if data.draw(st.booleans()):
        cells = st.fixed_dictionaries(dict.fromkeys(OWN_COLUMNS, st.just("") | plain))
        trials = [trial.model_copy(update={"other_columns": data.draw(cells)}) for trial in trials]
    write_manifest(tmp_path / "manifest.csv", trials)
    assert read_manifest(tmp_path / "manifest.csv") == trials


def make_clip(path: Path, **fields: object) -> FmaClip:
    values = {"patient": "P1", "item_low": 3, "item_high": 8, "laterality": "A", "view": "F", "duration_s": 1.466992}
    return FmaClip.model_validate({"path": path, **values, **fields})


def test_clips_read_back(tmp_path: Path) -> None:
    clips = [
        make_clip(tmp_path / "a.mp4"),
        make_clip(tmp_path / "b.mp4", view="S", side_affected="Left", cohort="mild", fps=29.97, n_frames=44),
        make_clip(tmp_path / "c.mp4", laterality="B", affected_place="Top"),
    ]
    write_manifest(tmp_path / "new" / "clips.csv", clips)
    assert read_fma_manifest(tmp_path / "new" / "clips.csv") == clips


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("b", {}, "lines 2 and 3: two clips of item 3 of P1 with laterality A and view F; keep one"),
        ("b", {"item_low": 8, "item_high": 9}, "lines 2 and 3: two clips of item 8 of P1"),
        ("a", {"view": "S"}, "lines 2 and 3: two clips are named 'a'"),
    ],
)
def test_two_clips_of_the_same(tmp_path: Path, name: str, fields: dict[str, object], message: str) -> None:
    path = tmp_path / "clips.csv"
    write_manifest(path, [make_clip(tmp_path / "a.mp4"), make_clip(tmp_path / "x" / f"{name}.mp4", **fields)])
    with pytest.raises(UserError, match=message) as error:
        read_fma_manifest(path)
    assert str(error.value).startswith(str(path))


def test_a_clip_that_shows_no_item(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_text("path,patient,item_low,item_high,laterality,view,duration_s\na.mp4,P1,8,3,A,F,2\n")
    with pytest.raises(UserError, match=r"line 2, item_high: .*is below item_low \(found '3'\)"):
        read_fma_manifest(path)


def test_item_scores_read_back(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    scores = [ItemScore(patient=patient, item=item, score=item % 3) for patient in "AB" for item in (3, 4)]
    write_manifest(path, scores)
    assert read_item_scores(path) == {"A": {3: 0, 4: 1}, "B": {3: 0, 4: 1}}
    write_manifest(path, [*scores, scores[0]])
    with pytest.raises(UserError, match="line 6: item 3 of A is already scored"):
        read_item_scores(path)
    path.write_text("patient,item,score\nA,3,3\n")
    with pytest.raises(UserError, match=r"line 2, score: .*'3'"):
        read_item_scores(path)


def test_paths_inside_the_folder_are_written_relative(tmp_path: Path) -> None:
    data = tmp_path / "data"
    trials = [
        make_trial("in", path=data / "v" / "in.mp4", labels=data / "in.csv"),
        make_trial("relative", path="v/relative.mp4"),
        make_trial("out", path=tmp_path / "elsewhere" / "out.mp4"),
    ]
    write_manifest(data / "manifest.csv", trials)
    rows = (data / "manifest.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["v/in.mp4", "v/relative.mp4", f"{tmp_path}/elsewhere/out.mp4"]
    assert rows[1].endswith(",in.csv")


def test_reading_and_writing_below_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = Path("data", "manifest.csv")
    write_manifest(manifest, [make_trial(path="v/a.mp4")])
    before = manifest.read_text()
    trials = read_manifest(manifest)
    assert trials[0].path == tmp_path / "data" / "v" / "a.mp4"
    write_manifest(manifest, trials)
    assert manifest.read_text() == before
    assert [path.name for path in Path("data").iterdir()] == ["manifest.csv"]


def test_spreadsheet_manifest_with_byte_order_mark_and_blank_optional_cells(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER},hand,view\n a , a.mp4,P1,60,120,2,64,48,,\n\n", encoding="utf-8-sig")
    (trial,) = read_manifest(path)
    assert (trial.video_id, trial.path) == ("a", tmp_path / "a.mp4")
    assert (trial.hand, trial.view, trial.labels) == ("", "1", None)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,a.mp4,P1,fast,120,2,64,48", "line 2, fps: .*number.*'fast'"),
        ("a,a.mp4,P1,60,120,2,64,48\nb,b.mp4,P1,60,0,2,64,48", "line 3, n_frames: .*'0'"),
        ("a,a.mp4,P1,nan,120,2,64,48", "line 2, fps: .*'nan'"),
        ("a,a.mp4,P1,inf,120,2,64,48", "line 2, fps: .*'inf'"),
        ("a,a.mp4,,60,120,2,64,48", "line 2, patient: is empty"),
        ("a,a.mp4,P1,60,120,2,64", "line 2, height: is empty"),
        ("a,a.mp4,P1,60,120,2,64,48\n\na,b.mp4,P1,60,120,2,64,48", "line 4: video_id 'a' is already on line 2"),
        ("", "lists no video"),
        ("../a,a.mp4,P1,60,120,2,64,48", "line 2, video_id: holds '/'.*found '../a'"),
        ("day1/a,a.mp4,P1,60,120,2,64,48", "line 2, video_id: holds '/', so it would be a path.*write _ instead"),
        ("C:a,a.mp4,P1,60,120,2,64,48", "line 2, video_id: starts like a drive letter"),
        ("..,a.mp4,P1,60,120,2,64,48", "line 2, video_id: is only dots"),
        ("a,a.mp4,/P1,60,120,2,64,48", "line 2, patient: holds '/'"),
        ("a,a.mp4,nul,60,120,2,64,48", "line 2, patient: is the name of a device"),
        (f"{'x' * 201},a.mp4,P1,60,120,2,64,48", "line 2, video_id: is 201 bytes long"),
        ("a,a\0.mp4,P1,60,120,2,64,48", "line 2, path: holds the invisible character U\\+0000"),
        ("a,a.mp4,P1,60,120,2,1000000000000,48", "line 2, width: .*32768"),
        ("A,a.mp4,P1,60,120,2,64,48\na,b.mp4,P1,60,120,2,64,48", "line 3: video_id 'a' differs from 'A' on line 2"),
        (
            "\u00e9,a.mp4,P1,60,120,2,64,48\ne\u0301,b.mp4,P1,60,120,2,64,48",
            "line 3: video_id .* on line 2 only by case or by how its letters are encoded",
        ),
        ("a,a.mp4,P1,1e308,120,2,64,48", "line 2, fps: .*less than or equal to 1000000.*'1e308'"),
        ("a,a.mp4,P1,1e-300,120,2,64,48", "line 2, fps: .*greater than or equal to 0.000001.*'1e-300'"),
        ("a,a.mp4,P1,60,1000000000,2,64,48", "line 2, n_frames: .*less than or equal to 10000000.*'1000000000'"),
        ("a,a.mp4,P1,60,120,1e300,64,48", "line 2, duration_s: .*less than or equal to 1000000.*'1e300'"),
        ("a,a.mp4,P1,60,120,2,640000,48", "line 2, width: .*less than or equal to 32768.*'640000'"),
    ],
)
def test_bad_cells_are_named_by_line_and_field(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
    with pytest.raises(UserError, match=message) as error:
        read_manifest(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_a_clip_or_a_score_with_an_unsafe_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    header = "path,patient,item_low,item_high,laterality,view,duration_s"
    path.write_text(f"{header}\na.mp4,../P1,3,8,A,F,2\n")
    with pytest.raises(UserError, match="line 2, patient: holds '/'"):
        read_fma_manifest(path)
    path.write_text(f"{header}\ncon.mp4,P1,3,8,A,F,2\n")
    with pytest.raises(UserError, match="line 2, path: is the name of a device on Windows"):
        read_fma_manifest(path)
    path.write_text("patient,item,score\n../A,3,2\n")
    with pytest.raises(UserError, match="line 2, patient: holds '/'"):
        read_item_scores(path)


def test_a_further_rater_with_a_bad_path_is_named_by_column(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER},labels_2,labels_3\na,a.mp4,P1,60,120,2,64,48,b.csv,c\0.csv\n")
    with pytest.raises(UserError, match="line 2, labels_3: holds the invisible character"):
        read_manifest(path)


def test_a_manifest_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("keep")
    (tmp_path / "data" / "manifest.csv.part").symlink_to(precious)
    with pytest.raises(UserError, match="leads outside"):
        write_manifest(tmp_path / "data" / "manifest.csv", [make_trial()])
    assert precious.read_text() == "keep"


def test_blanks_before_a_file_name_are_kept(tmp_path: Path) -> None:
    trial = make_trial(path=tmp_path / " a.mp4", labels=tmp_path / " a.csv")
    write_manifest(tmp_path / "manifest.csv", [trial])
    assert read_manifest(tmp_path / "manifest.csv") == [trial]


def test_data_may_lie_outside_the_manifests_folder(tmp_path: Path) -> None:
    path = tmp_path / "in" / "manifest.csv"
    path.parent.mkdir()
    path.write_text(f"{HEADER}\na,../videos/a.mp4,P1,60,120,2,64,48\nb,/far/b.mp4,P1,60,120,2,64,48\n")
    assert [trial.path for trial in read_manifest(path)] == [path.parent / "../videos/a.mp4", Path("/far/b.mp4")]


def test_a_cohort_has_any_name_that_a_file_may_have(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER},cohort\na,a.mp4,P1,60,120,2,64,48,sub-acute\n")
    assert read_manifest(path)[0].cohort == "sub-acute"
    path.write_text(f"{HEADER},cohort\na,a.mp4,P1,60,120,2,64,48,a/b\n")
    with pytest.raises(UserError, match=r"line 2, cohort: .*'a/b'"):
        read_manifest(path)


def test_misspelt_column_gets_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER},repetitions\n")
    with pytest.raises(UserError, match=r"unknown column 'repetitions'.*'repetition'"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("column", "is_own"),
    [
        ("weight", True),
        ("side", True),
        ("which_hand", True),
        ("pain", True),
        ("hight", False),
        ("label", False),
        ("labels_1", False),
        ("hands", False),
        ("ctivity", False),
    ],
)
def test_columns_of_the_datasets_own_are_kept_and_slips_are_not(tmp_path: Path, column: str, is_own: bool) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(f"{HEADER},{column}\na,a.mp4,P1,60,120,2,64,48, 7 kg\n")
    if is_own:
        (trial,) = read_manifest(path)
        assert trial.other_columns == {column: "7 kg"}
    else:
        with pytest.raises(UserError, match=rf"unknown column '{column}'; did you mean .* needs another name"):
            read_manifest(path)


def test_missing_column_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    with pytest.raises(UserError, match="strokerehab index"):
        read_manifest(path)
    path.write_text("video_id,path\n")
    with pytest.raises(UserError, match="column 'patient' is missing"):
        read_manifest(path)


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="empty"):
        write_manifest(tmp_path / "manifest.csv", [])
    assert not list(tmp_path.iterdir())


def test_label_files_of_further_raters_and_the_offset_have_columns_where_they_are_set(tmp_path: Path) -> None:
    plain = make_trial(path=tmp_path / "a.mp4", labels=tmp_path / "a.csv")
    rated = make_trial(
        video_id="other", path=tmp_path / "b.mp4", other_labels=(tmp_path / "b.csv", tmp_path / "c.csv"), offset_s=1.25
    )
    write_manifest(tmp_path / "manifest.csv", [plain, rated])
    header = (tmp_path / "manifest.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.endswith("labels,offset_s,labels_2,labels_3")
    assert read_manifest(tmp_path / "manifest.csv") == [plain, rated]


@pytest.mark.parametrize("cell", ["1_000", "１２０", "6e"])
def test_a_number_that_is_not_plain_is_refused(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(
        f"video_id,path,patient,fps,n_frames,duration_s,width,height\na,a.mp4,P1,{cell},120,2,64,48\n", encoding="utf-8"
    )
    with pytest.raises(UserError, match="line 2, fps: not a plain number such as"):
        read_manifest(path)


def test_a_manifest_that_a_spreadsheet_has_saved(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    text = "sep=;\nVideo_ID;Path;Patient;FPS;N_Frames;Duration_s;Width;Height;\n007;ä.mp4;P1;29,97;120;4,004;64;48;\n"
    path.write_bytes(text.encode("utf-16"))
    (trial,) = read_manifest(path)
    assert (trial.video_id, trial.path.name, trial.fps, trial.duration_s) == ("007", "ä.mp4", 29.97, 4.004)


@settings(deadline=None)
@given(
    st.binary(max_size=80) | damaged_bytes(f"{HEADER}\nv,a.mp4,P1,30,60,2,64,48\nw,b.mp4,P2,25,50,2,64,48\n".encode())
)
def test_any_file_is_a_manifest_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any_manifest.csv"
    path.write_bytes(data)
    for read in (read_manifest, read_fma_manifest, read_item_scores):
        one_line_or(lambda read=read: read(path))  # type: ignore[misc]
