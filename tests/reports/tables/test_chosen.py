from __future__ import annotations

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.chosen import absent, chosen, input_of, labels, notes_of, records
from lmms_eval_plugins.reports.tables.published import LOG_SETS, TABLES, is_known, row_below
from lmms_eval_plugins.runs.data_frames.columns import typed

ZOO = "x/logs/strokerehab_primitives_3_all_models/qwen2_5_vl_7b/Qwen__Qwen2.5-VL-7B-Instruct/1_samples_t.jsonl"


def runs(*rows: dict[str, object]) -> pd.DataFrame:
    base = {"kind": "run", "task": "dose", "model": "m", "stamp": "1", "method": "motion_grasp", "notes": ""}
    whole = [{**base, "run": str(n), "path": str(n), **row} for n, row in enumerate(rows)]
    return typed("runs", {key: [row.get(key) for row in whole] for key in {key for row in whole for key in row}})


ONE_OF_EACH = runs(
    {"method": "motion_grasp", "fps": 15.0, "frames": 8, "crop": True, "conditional": False},
    {"method": "one_primitive", "fps": 15.0, "frames": 8},
    {"method": "sequence", "task": "strokerehab_counting"},
    {"method": "identification"},
    {"method": "fugl_meyer"},
)


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ("dose_models", ["0", "1"]),
        ("dose_inputs", ["0"]),
        ("sampling_decomposed", ["0"]),
        ("sampling_direct", ["1"]),
        ("counting", ["2"]),
        ("identification", ["3"]),
    ],
)
def test_runs_go_where_their_method_fits(table: str, wanted: list[str]) -> None:
    assert chosen(table, ONE_OF_EACH)["run"].tolist() == wanted


def test_an_error_lists_the_runs_that_do_not_fit() -> None:
    with pytest.raises(UserError, match=r"table counting: none of the runs given belongs in it \(there is dose\)"):
        chosen("counting", ONE_OF_EACH[:2])


def test_published_logs_go_where_the_study_put_them() -> None:
    both = runs({"kind": "published log", "path": ZOO}, {"fps": 15.0, "frames": 8})
    assert chosen("dose_models", both)["run"].tolist() == ["0", "1"]
    assert chosen("sampling_decomposed", both)["run"].tolist() == ["1"]


def test_a_published_log_alone_goes_where_it_fits() -> None:
    alone = runs({"kind": "published log", "path": ZOO, "fps": 15.0, "frames": 8})
    assert chosen("sampling_decomposed", alone)["run"].tolist() == ["0"]


def test_a_run_before_its_repair_is_no_row() -> None:
    folder = "logs_qwen2_5_sig_gen_final"
    both: dict[str, object] = {"kind": "published log", "crop": True, "conditional": True}
    logs = [
        both | {"path": f"{folder}/{stamp}_samples_t.jsonl", "stamp": stamp}
        for stamp in ("20251104_101126", "20251104_095353")
    ]
    assert chosen("dose_inputs", runs(*logs))["stamp"].tolist() == ["20251104_095353"]


def test_labels_say_no_more_than_they_must() -> None:
    assert labels(runs({"model": "org/group/a"}, {"model": "b"})) == {"0": "a", "1": "b"}
    assert labels(runs({"task": "strokerehab_x"}, {"task": "strokerehab_y"})) == {"0": "m, x", "1": "m, y"}
    assert labels(runs({"crop": True, "conditional": False}, {"crop": False, "conditional": False})) == {
        "0": "m, crop",
        "1": "m",
    }
    assert labels(runs({"stamp": "1"}, {"stamp": "2"})) == {"0": "m, 1", "1": "m, 2"}
    assert labels(runs({"path": "p#1"}, {"path": "p#2"})) == {"0": "m, #1", "1": "m, #2"}
    assert labels(runs({}, {})) == {"0": "m, 0", "1": "m, 1"}
    assert labels(runs({"model": None})) == {"0": "unknown model"}


def test_labels_say_in_which_settings_runs_differ() -> None:
    swept: list[dict[str, object]] = [
        {"settings": f'{{"sampling_fps": "15", "max_frames_num": "{n}"}}', "stamp": str(n)} for n in (4, 8, 16)
    ]
    assert labels(runs(*swept)) == {
        "0": "m (max_frames_num=4)",
        "1": "m (max_frames_num=8)",
        "2": "m (max_frames_num=16)",
    }
    two: list[dict[str, object]] = [
        {"settings": '{"seed": "1", "temperature": "0"}'},
        {"settings": '{"seed": "2", "temperature": "0.7"}'},
    ]
    assert labels(runs(*two)) == {"0": "m (seed=1, temperature=0)", "1": "m (seed=2, temperature=0.7)"}


def test_only_repeats_of_the_same_settings_have_stamps() -> None:
    table = runs(
        {"settings": '{"seed": "1"}', "stamp": "20260101"},
        {"settings": '{"seed": "1"}', "stamp": "20260202"},
        {"settings": '{"seed": "2"}', "stamp": "20260303"},
    )
    names = labels(table)
    assert names == {"0": "m (seed=1), 20260101", "1": "m (seed=1), 20260202", "2": "m (seed=2)"}
    assert notes_of(table, names) == ("m (seed=1), 20260101; m (seed=1), 20260202: repeats of the same settings.",)


def test_what_the_study_printed_and_is_not_there() -> None:
    (note,) = absent("dose_models", runs({"kind": "published log", "path": ZOO}), ["qwen2_5_vl_7b"])
    assert note.endswith("internvl3p5_38b and 10 more.") and "qwen2_5_vl_7b" not in note
    assert absent("dose_models", runs({}), []) == (), "nothing of the study is shown"
    everything = LOG_SETS["dose_models"].rows
    assert absent("dose_models", runs({"kind": "published log", "path": ZOO}), everything) == ()


def test_notes_name_their_rows() -> None:
    table = runs({"notes": "x; y"}, {"notes": "x"})
    assert notes_of(table, {"0": "a", "1": "b"}) == ("All: x.", "a: y.")


def test_inputs() -> None:
    table = runs({"crop": True, "conditional": True}, {"crop": False, "conditional": True})
    assert [input_of(run) for run in records(table)] == ["crop + conditional prompting", "conditional prompting"]


def test_the_study_printed_so_many_rows() -> None:
    assert {name: len(LOG_SETS[name].rows) for name in TABLES} == {
        "identification": 2,
        "dose_models": 16,
        "dose_inputs": 4,
        "sampling_direct": 16,
        "sampling_decomposed": 17,
        "counting": 0,
        "decoding": 0,
        "measure": 0,
        "dose_patients": 0,
        "impairment": 0,
        "labelled": 0,
        "properties": 0,
        "raters": 0,
        "replies": 0,
        "sees": 0,
        "abstain": 0,
        "wording": 0,
    }
    assert row_below("dose_models", ZOO) == "qwen2_5_vl_7b"
    assert row_below("dose_models", "elsewhere/x/y.jsonl") is None
    assert is_known(ZOO) and not is_known("runs/x")
