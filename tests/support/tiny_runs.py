"""Run folders of every kind of task with a handful of videos, as `strokerehab run` leaves them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from lmms_eval_plugins.assessments.dose.gold import gold_windows
from lmms_eval_plugins.assessments.dose.method import DoseMethod, DoseMethodName
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers, value_of
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord

SYNTHETIC = "these are synthetic demo scenes: the numbers say nothing about patients"
STAMP = "20250101_000000"
TRUTH = "idle@0.000;reach@1.000;transport@2.000;reposition@4.000;idle@5.000;idle@6.000"
PATIENTS = {"DC01": "healthy", "DS01": "mild", "DS02": "moderate", "DS03": "severe"}
REPLIES = {  # patient → motion and grasp of each of six windows
    "DC01": ("no no", "yes no", "yes yes", "yes yes", "yes no", "no no"),
    "DS01": ("no no", "yes no", "yes yes", "no yes", "yes no", "no no"),
    "DS02": ("no no", "no no", "yes yes", "yes yes", "no no", "no no"),
    "DS03": ("yes no", "perhaps no", "yes yes", "yes yes", "yes yes", "no no"),
}
WINDOWS = [[second, second + 1] for second in range(6)]


def write_tiny_runs(folder: Path, note: str = SYNTHETIC, model: str = "tiny", kind: str | None = None) -> Path:
    """Write a dose, an identification and a Fugl-Meyer run into a folder; returns the folder.

    Args:
        folder: where to.
        note: a note in each run.
        model: whose they are.
        kind: the kind on the model's card, such as ``blind``; None for a model.
    """
    _write_dose(folder, note, model)
    _write_identification(folder, note, model)
    _write_assessment(folder, note, model)
    for file in folder.glob(f"*/{model}/{STAMP}/run.json") if kind else ():
        values = json.loads(file.read_text())
        file.write_text(json.dumps(values | {"kind": kind}))
    return folder


def write_odd_run(
    folder: Path, said: Sequence[str] = ("yes yes", "no no"), truth: str = "reach@0.000;reach@2.000"
) -> Path:
    """Write a dose run of one video of which neither activity nor cohort is known; replies may be none."""
    questions = [{"id": name, "kind": "yes_no"} for name in ("motion", "grasp")]
    videos = [_video("v", "DC01", "", truth, WINDOWS[:2]) | {"patient": "X", "cohort": None, "activity": None}]
    answers = [
        ("v", window, question, text)
        for window, pair in enumerate(said)
        for question, text in zip(("motion", "grasp"), pair.split(), strict=True)
    ]
    _write(folder, "odd", "odd", "", {"method": "motion_grasp"}, questions, videos, answers)
    return folder


def write_own_run(folder: Path, scheme: Scheme, task: str = "own", model: str = "tiny") -> Path:
    """Write a dose run of four videos whose labels are of a scheme, one window of each answered wrongly."""
    names = scheme.names
    windows = [[second, second + 1] for second in range(2 * len(names))]
    truth = ";".join(f"{names[second % len(names)]}@{second}.000" for second, _ in windows)
    truth += f";{names[-1]}@{len(windows)}.000"
    questions = [{"id": "primitive", "kind": "one_of", "options": names}]
    videos = [_video(f"{patient}_feeding1_1", patient, "feeding", truth, windows) for patient in PATIENTS]
    answers = [
        (f"{patient}_feeding1_1", second, "primitive", names[0 if second == 1 + number else second % len(names)])
        for number, patient in enumerate(PATIENTS)
        for second, _ in windows
    ]
    own = {"scheme": scheme.model_dump(mode="json")}
    _write(folder, task, model, "", {"method": "one_primitive"}, questions, videos, answers, **own)
    return folder


def add_raters(run: Path, raters: Mapping[str, Mapping[str, str]]) -> Path:
    """Record in a run what further raters labelled, in rater → video → labels as text; returns its folder."""
    values = json.loads((run / "run.json").read_text())
    for video in values["videos"]:
        own = {rater: labels[video["video_id"]] for rater, labels in raters.items() if video["video_id"] in labels}
        if own:
            video["raters"] = own
    (run / "run.json").write_text(json.dumps(values))
    return run


def write_gold_run(
    folder: Path, method: DoseMethodName, *, model: str = "omniscient", kind: str = "ceiling", wrong: int = 0
) -> Path:
    """Write a dose run of four unlike videos with the correct answers, but for the first ``wrong`` windows of each."""
    labels = primitives_scheme().names
    of_methods: Mapping[DoseMethodName, Mapping[str, object]] = {
        "one_primitive": {"kind": "one_of", "options": labels},
        "sequence": {"kind": "sequence_of", "options": labels},
    }
    scoring = DoseMethod(method=method)
    questions = [{"id": id} | dict(of_methods.get(method, {"kind": "yes_no"})) for id in scoring.question_ids]
    windows = [[second, second + 1] for second in range(12)]
    videos, answers = [], []
    for number, patient in enumerate(PATIENTS):
        order = [labels[(second * (number + 2) + second // 3) % len(labels)] for second in range(10)]
        truth = ";".join(f"{label}@{1.2 * place:.3f}" for place, label in enumerate([*order, order[-1]]))
        video = _video(f"{patient}_feeding1_1", patient, "feeding", truth, windows)
        videos.append(video)
        shown = [WindowAnswers(start_s, end_s, {}) for start_s, end_s in windows]
        for place, gold in enumerate(gold_windows(Timeline.from_text(truth), shown, scoring)):
            for id, answer in gold.answers.items():
                said = value_of(answer) or ""
                if place < wrong:
                    said = {"yes": "no", "no": "yes"}.get(said, "idle")
                answers.append((str(video["video_id"]), place, id, said.replace(";", ", ")))
    more = {"kind": kind, "sampling": {"strategy": "dense", "fps": 4.0, "frames": 4, "overlap": 0}}
    _write(folder, method, model, "", {"method": method}, questions, videos, answers, **more)
    return folder


def write_item_run(
    folder: Path,
    truth: Mapping[str, Mapping[int, int]],
    said: Mapping[str, Mapping[int, str]],
    model: str = "tiny",
    cohorts: Mapping[str, str] = MappingProxyType({}),
    **more: object,
) -> Path:
    """Write a Fugl-Meyer run: ratings, one clip for each patient and item, in patient → item → what it is.

    An item of a patient without an entry in ``said`` has no clip; an empty reply never came.
    """
    items = sorted({item for scores in truth.values() for item in scores} - {18})
    questions = [{"id": f"item{i}", "kind": "score", "options": ["0", "1", "2"], "item": i} for i in items]
    videos, answers = [], []
    for patient, replies in said.items():
        scores = ";".join(f"{item}={score}" for item, score in truth[patient].items())
        for item, reply in replies.items():
            video = _video(f"{patient}_FM{item}", "DS01", "", scores, [[0, 2]]) | {"patient": patient}
            video |= {"arm": "affected", "asked": [f"item{item}"], "cohort": cohorts.get(patient, "mild")}
            videos.append(video)
            answers += [(f"{patient}_FM{item}", 0, f"item{item}", reply)] * bool(reply)
    _write(folder, "assessment", model, "", {"method": "fugl_meyer"}, questions, videos, answers, **more)
    return folder / "assessment" / model / STAMP


def _write_dose(folder: Path, note: str, model: str) -> None:
    questions = [{"id": name, "kind": "yes_no"} for name in ("motion", "grasp")]
    videos = [_video(f"{patient}_feeding1_1", patient, "feeding", TRUTH, WINDOWS) for patient in PATIENTS]
    answers = [
        (f"{patient}_feeding1_1", window, question, text)
        for patient, said in REPLIES.items()
        for window, pair in enumerate(said)
        for question, text in zip(("motion", "grasp"), pair.split(), strict=True)
    ]
    sampling = {"sampling": {"strategy": "dense", "fps": 4.0, "frames": 4, "overlap": 0}}
    _write(folder, "dose", model, note, {"method": "motion_grasp"}, questions, videos, answers, **sampling)


def _write_identification(folder: Path, note: str, model: str) -> None:
    questions = [{"id": "activity", "kind": "one_of", "options": ["feeding", "shelf", "combing"]}]
    shown = {"DC01": "feeding", "DS01": "shelf", "DS02": "combing", "DS03": "feeding"}
    said = {"DC01": "feeding", "DS01": "shelf", "DS02": "feeding", "DS03": "no idea"}
    videos = [_video(f"{who}_{what}1_1", who, what, what, [[0, 6]]) for who, what in shown.items()]
    answers = [(f"{who}_{shown[who]}1_1", 0, "activity", text) for who, text in said.items()]
    scoring = {"method": "identification", "activity": "activity"}
    _write(folder, "identification", model, note, scoring, questions, videos, answers)


def _write_assessment(folder: Path, note: str, model: str) -> None:
    questions = [{"id": f"item{item}", "kind": "score", "options": ["0", "1", "2"], "item": item} for item in (5, 20)]
    truth = {"DC01": (2, 2), "DS01": (2, 1), "DS02": (1, 1), "DS03": (0, 0)}
    said = {"DC01": "22", "DS01": "11", "DS02": "12", "DS03": "10"}
    videos = [
        _video(f"{who}_FM", who, "", f"5={scores[0]};20={scores[1]}", [[0, 2]]) | {"arm": "affected"}
        for who, scores in truth.items()
    ]
    answers = [
        (f"{who}_FM", 0, question, text)
        for who, texts in said.items()
        for question, text in zip(("item5", "item20"), texts, strict=True)
    ]
    _write(folder, "assessment", model, note, {"method": "fugl_meyer"}, questions, videos, answers)


def _video(
    video_id: str, patient: str, activity: str, truth: str, windows: Sequence[Sequence[float]]
) -> dict[str, object]:
    return {
        "video_id": video_id,
        "patient": patient,
        "cohort": PATIENTS[patient],
        "activity": activity,
        "hand": "left",
        "fps": 4.0,
        "n_frames": 24,
        "truth": truth,
        "windows": windows,
    }


def _write(
    folder: Path,
    task: str,
    model: str,
    note: str,
    scoring: Mapping[str, str],
    questions: Sequence[Mapping[str, object]],
    videos: Sequence[Mapping[str, object]],
    answers: Sequence[tuple[str, int, str, str]],
    **more: object,
) -> None:
    place = folder / task / model / STAMP
    place.mkdir(parents=True)
    run: dict[str, object] = {"task": task, "model": model, "status": "done", "scoring": scoring, "reading": "default"}
    run |= {"questions": questions, "videos": videos, "notes": [note] if note else [], **more}
    (place / "run.json").write_text(json.dumps(run))
    starts: dict[tuple[object, int], Sequence[float]] = {}
    for described in videos:
        windows = described["windows"]
        assert isinstance(windows, list)
        starts |= {(described["video_id"], number): pair for number, pair in enumerate(windows)}
    with AnswerLog(place / "answers.jsonl") as log:
        for video, window, question, text in answers:
            start_s, end_s = starts[video, window]
            log.append([AnswerRecord("k", video, window, start_s, end_s, question, "p", text, None, 0.1, "f")])
