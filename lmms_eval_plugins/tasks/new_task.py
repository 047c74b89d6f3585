"""A task to start from: its file, its question set and a table of true answers, with comments that say what may be."""

from __future__ import annotations

import re
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.safe_names import check_name, inside, shown
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_TASK = """\
# What the task is about, in one line: `strokerehab tasks` shows it.
task: {name}
class: !function lmms_eval_plugins.tasks.RehabTask
dataset_kwargs:
  selection: all     # the videos: all, or a selection from selections.yaml beside your manifest
  questions: {name}  # the question set: questions/{name}.yaml beside this file
  # What is shown at once: so many frames of the whole video, evenly spread …
  sampling: {{strategy: uniform, frames: 16}}
  # … or windows, one after the other, of so many frames at so many frames per second; each question is put about each:
  # sampling: {{strategy: dense, fps: 4, frames: 8}}
generation_kwargs:
  max_new_tokens: 64  # how long a reply may be; more for a model that thinks
  temperature: 0
"""

_QUESTIONS = """\
# The questions of the task {name}: every one is put about every window, and never depends on another's answer.
id: {name}
version: 1  # count it up when you change a question
questions:
  - id: leans_forward
    # What is sent, word for word. Filled in: {{hand}} (left or right) and {{activity}}, as the manifest has them.
    text: Does the patient's trunk lean forward? Answer yes or no.
    # Or count, {{one_of: [left, right]}}, {{sequence_of: [reach, idle]}}, {{score: [0, 1, 2]}}, text, {{text: set}}.
    answer: yes_no
    # Where the true answer lies: in a column of a CSV file beside your manifest.csv, which has a column video_id too:
    # one row per video; or per stretch of time, with the columns start_s and end_s; or per event, with time_s.
    truth: {{table: {name}.csv, column: leans_forward}}
    # Or: in a column that you add to manifest.csv; in the label files, each of whose labels has an answer; nowhere.
    # truth: {{column: leans_forward}}
    # truth: {{labels: {{reach: "yes", transport: "yes", reposition: "no", stabilize: "no", idle: null}}}}
    # truth: none

  - id: effort
    text: How hard does the movement look, from 0 (easy) to 10 (as hard as can be)? Answer with one number.
    answer: {{score: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}
    truth: {{table: {name}.csv, column: effort}}

  - id: remark
    text: What stands out in the way the patient moves? Answer in one sentence.
    answer: text
    truth: none  # asked and recorded, not scored
"""

_TRUTH = """\
video_id,leans_forward,effort
S1_drinking1_1,yes,4
S1_feeding1_1,no,2
S2_drinking1_1,no,7
"""


def write_new_task(name: str, folder: Path) -> tuple[Path, Path, Path]:
    """Write a task file, its question set and an example of its true answers into a folder that ``--tasks`` takes.

    Args:
        name: of the task.
        folder: where to; made where it is not there.

    Returns:
        The three files.

    Raises:
        UserError: the name cannot be a task's, or is that of a task of the project; or one of the files is there.
    """
    check_name(name, "task")
    if not _NAME.fullmatch(name):
        raise UserError(
            f"task {shown(name)}: a name is made of letters, digits, _ and -, and starts with one of the first"
        )
    if name == "all" or (shipped("tasks") / TASK_FOLDER / f"{name}.yaml").exists():
        raise UserError(f"task {name!r}: the project has a task, a group or a file of this name; choose another")
    paths = (folder / f"{name}.yaml", folder / "questions" / f"{name}.yaml", folder / f"{name}.csv")
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UserError(f"{path}: is there already, and is not overwritten; choose another name or --out")
    for path, text in zip(paths, (_TASK, _QUESTIONS, _TRUTH), strict=True):
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with inside(folder, path).open("x", encoding="utf-8") as file:
                file.write(text if path.suffix == ".csv" else text.format(name=name))
    return paths
