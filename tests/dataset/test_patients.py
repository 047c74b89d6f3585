from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.patients import PATIENTS_NAME, Patient, described, patient_lines, read_patients
from lmms_eval_plugins.dataset.trial import FmaClip, Trial


def write(folder: Path, text: str) -> Path:
    path = folder / PATIENTS_NAME
    path.write_text(text, encoding="utf-8")
    return path


def trial(patient: str, cohort: str = "") -> Trial:
    return Trial(
        video_id=f"{patient}_a", path=Path("a.mp4"), patient=patient, cohort=cohort, activity="Drinking",
        fps=30, n_frames=60, duration_s=2, width=64, height=48,
    )  # fmt: skip


def test_a_list_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    path = write(tmp_path, "Patient;Cohort;Side affected;date;note\nP1;control;left;2026-01-02;x\nP2;;;;\n")
    assert read_patients(path) == {
        "P1": Patient(patient="P1", cohort="control", side_affected="Left"),
        "P2": Patient(patient="P2"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cohort\nmild\n", "column 'patient' is missing"),
        ("patient,cohorts\nP1,mild\n", "column 'cohorts' is not read; did you mean 'cohort'?"),
        ("patient,cohort\nP1,a/b\n", "line 2, cohort: .*'a/b'"),
        ("patient,side_affected\nP1,Both\n", "line 2, side_affected: is Left, Right or empty"),
        ("patient,cohort\n,mild\n", "line 2, patient: is empty"),
        ("patient\nP1\nP1\n", "line 3, patient: 'P1' is already on line 2"),
    ],
)
def test_errors_name_file_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=f"{PATIENTS_NAME}.*{message}"):
        read_patients(write(tmp_path, text))


def test_the_manifests_own_cells_come_first(tmp_path: Path) -> None:
    write(tmp_path, "patient,cohort,side_affected\nP1,control,\nP2,chronic,Right\nP03,chronic,\n")
    notes: list[str] = []
    manifest = tmp_path / "manifest.csv"
    shown = described([trial("P1"), trial("P2", "mild"), trial("P3")], manifest, notes)
    assert [one.cohort for one in shown] == ["healthy", "mild", ""] and shown[0].activity == "drinking"
    assert len(notes) == 1 and "'P03'" in notes[0] and "'P3'" in notes[0]
    clip = FmaClip(path=Path("c.mp4"), patient="P2", item_low=3, item_high=3, laterality="A", view="F", duration_s=2)
    (one,) = described([clip], manifest, [])
    assert (one.cohort, one.side_affected) == ("chronic", "Right")


def test_patients_of_either_list_alone_are_named() -> None:
    files = Path("patients.csv"), Path("manifest.csv")
    assert patient_lines([], ["P1"], *files) == []
    near, far, missing = patient_lines(["P01", "P9", "P2"], ["P1", "P2", "P4"], *files)
    assert "'P01'" in near and "P9: no video" in far and missing.endswith("has no row of P4")
