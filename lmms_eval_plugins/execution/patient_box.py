"""Find the patient in a video's first picture by a vision-language model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import parse_json
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.demo.shipped_weights import resolved
from lmms_eval_plugins.execution.harness import make_lmms_model
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.cards import find_cards
from lmms_eval_plugins.tasks.arguments import split_inputs
from lmms_eval_plugins.tasks.rows import RequestRow, messages_of
from lmms_eval_plugins.video.windows import Box

QUESTION = (
    "This picture is from a video of a patient who does an exercise with the arms. Others may be in the picture too."
    " Where is the patient, from head to hips and with both arms? Reply with JSON and nothing else, in the form"
    ' {"box": [left, top, right, bottom]}, as whole numbers from 0 to 1000: thousandths of the picture\'s width and'
    " height."
)
_GENERATION = {"max_new_tokens": 64, "temperature": 0, "do_sample": False}
_NAME = "patient_box"
_FENCED = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL)
_THOUSAND = 1000


def read_box(text: str, width: int, height: int) -> Box | None:
    """Return the box that a reply gives, in pixels; None unless it is the JSON wanted, alone or in a code block."""
    fenced = _FENCED.fullmatch(text)
    try:
        parsed = parse_json(fenced[1] if fenced else text)
    except ValueError:
        return None
    edges = parsed.get("box") if isinstance(parsed, dict) and len(parsed) == 1 else None
    if not isinstance(edges, list) or len(edges) != 4 or not all(type(edge) in (int, float) for edge in edges):
        return None
    left, top, right, bottom = edges
    if not (0 <= left < right <= _THOUSAND and 0 <= top < bottom <= _THOUSAND):
        return None
    x, y = width / _THOUSAND, height / _THOUSAND
    box = Box(int(left * x), int(top * y), round(right * x), round(bottom * y))
    return box if box.left < box.right and box.top < box.bottom else None


def ask_boxes(
    trials: Sequence[Trial], model: str, args: Mapping[str, object], answers: Path, model_folders: Sequence[Path] = ()
) -> tuple[dict[str, Box], list[str]]:
    """Ask a model where the patient is, in the videos whose manifest lacks it.

    Args:
        trials: the videos.
        model: the name of a card.
        args: arguments of its wrapper.
        answers: the file in which answers are kept; what is there is not requested again.
        model_folders: folders of model cards that come before the project's.

    Returns:
        Video → box; and a remark on each reply that gives none.

    Raises:
        UserError: there is no such model, it is not one that records its answers, or it cannot be made.
    """
    open_trials = [trial for trial in trials if not trial.patient_box]
    if not open_trials:
        return {}, []
    (card, *others) = find_cards(model, [*model_folders, shipped("models")])
    if others:
        raise UserError(f"--ask {model}: one model is enough to say where a patient is")
    wrapper_args = split_inputs({**card.wrapper_args, **args})[1]
    if "pretrained" in wrapper_args:
        wrapper_args["pretrained"] = resolved(wrapper_args["pretrained"])
    made = make_lmms_model(card.wrapper, wrapper_args, Session(answers=answers))
    from lmms_eval_plugins.models.recording import Recorder

    if not isinstance(made, Recorder):
        raise UserError(f"--ask {model}: its wrapper {card.wrapper} is lmms-eval's own; name a model of this project")
    made.task_dict[_NAME] = {"test": [_row(number, trial).as_dict() for number, trial in enumerate(open_trials)]}
    requests = [
        SimpleNamespace(args=(QUESTION, messages_of, _GENERATION, number, _NAME, "test"))
        for number in range(len(open_trials))
    ]
    boxes: dict[str, Box] = {}
    remarks = []
    for trial, text in zip(open_trials, made.generate_until(requests), strict=True):
        box = read_box(text, trial.width, trial.height)
        if box is None:
            remarks.append(f"{trial.video_id}: {model} gives no box but {text[:60]!r}: the largest person is taken")
        else:
            boxes[trial.video_id] = box
    return boxes, remarks


def _row(number: int, trial: Trial) -> RequestRow:
    return RequestRow(
        row=number,
        video_id=trial.video_id,
        patient=trial.patient,
        cohort=trial.cohort,
        activity=trial.activity,
        hand=trial.hand,
        path=str(trial.path),
        fps=trial.fps,
        window=0,
        start_s=0.0,
        end_s=round(1 / trial.fps, 3),
        frames=(0,),
        box=(),
        question_id=_NAME,
        text=QUESTION,
        options=(),
        choices=(),
        label="",
        target="",
    )
