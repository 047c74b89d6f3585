"""Merge the shards of a run: answers in one file, a finished ``run.json``, the scores of a single process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.runs.answer_lines import answer_values
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, BEHIND_PLACE, AnswerLog, with_note_on_secrets
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.folder import locked
from lmms_eval_plugins.runs.hidden.features import FEATURES
from lmms_eval_plugins.runs.hidden.recorded import recorded_states
from lmms_eval_plugins.runs.reuse import describe_reuse, is_worth_a_note, together
from lmms_eval_plugins.runs.run_file import Problem, RunFile, read_run_file, write_run_file
from lmms_eval_plugins.runs.score import write_scores
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.runs.shards import (
    SHARDS_FILE,
    Shards,
    ShardState,
    all_answer_files,
    answer_files,
    is_sharded,
    read_shards,
    read_state,
)

_BLOCK = 1 << 25
"""Bytes that are written at once."""

_DIGEST = 15
"""Bytes of an answer's hash: two of ten million answers share one by chance once in 10²²."""


def gather(folder: Path, keep: Collection[Path] = ()) -> None:
    """Move the answers that processes recorded into the run's answer file, also those of a killed run.

    Args:
        folder: the run's folder.
        keep: files that are not deleted, since a process may still write to them.

    Raises:
        UserError: the disk is full; nothing is lost.
    """
    files = all_answer_files(folder)
    if not files:
        return
    target = folder / ANSWERS_NAME
    with AnswerLog(target) as log:
        known: set[bytes] = set()
        with target.open("rb") as file:
            known.update(map(_place, file))
        for path in files:
            block, size = [], 0
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # a killed process left it half-written, or it is being written
                    place = _place(line)
                    if place in known:
                        continue
                    known.add(place)
                    block.append(line)
                    size += len(line)
                    if size >= _BLOCK:
                        log.append_lines(b"".join(block))
                        block, size = [], 0
            if block:
                log.append_lines(b"".join(block))
            if path not in keep:
                path.unlink()


def _place(line: bytes) -> bytes:
    """Return a hash of an answer's key and place: of the line's beginning, or of the same made from its values.

    A line that is no answer record is a place of its own: it comes along, and whoever reads the answers names it.
    """
    head, mark, _ = line.partition(BEHIND_PLACE)
    if not mark:
        try:
            values = answer_values(line)
            names = ("key", "video_id", "window", "start_s", "end_s", "question_id")
            whole = json.dumps({name: values[name] for name in names}, ensure_ascii=False)
        except ValueError:
            whole = line.decode(errors="backslashreplace")
        head = whole[:-1].encode(errors="backslashreplace")
    return hashlib.blake2b(head, digest_size=_DIGEST).digest()


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged run.

    Attributes:
        folder: the run's folder.
        scores: its scores; None where no truth is known, or the model answers nothing.
        problems: videos that could not be used, and why; lines of answers that were left out.
        left_out: videos without all their answers, of a partial merge.
    """

    folder: Path
    scores: ScoredRun | None
    problems: tuple[str, ...]
    left_out: tuple[str, ...]


def sharded_runs(paths: Sequence[Path]) -> list[Path]:
    """Return the run folders with shards in some folders, at any depth; a folder may be a run itself.

    Raises:
        UserError: a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        inside = [path] if is_sharded(path) else sorted(file.parent for file in path.rglob(SHARDS_FILE))
        if not inside:
            raise UserError(f"{path}: no run with shards, at any depth; runs of `--slurm` have them")
        found += inside
    return list(dict.fromkeys(found))


def merge_run(folder: Path, partial: bool = False) -> Merged:
    """Gather the answers of a run's shards and score them; merging again does no harm.

    Args:
        folder: the run's folder.
        partial: merge although shards are not done: their videos without all answers are left out of the scores, and
            ``run.json`` names them.

    Raises:
        UserError: shards are not done, another process works on the run, or its answers cannot be scored.
    """
    shards = read_shards(folder)
    states = [read_state(folder, index) for index in range(len(shards.shards))]
    undone = [index for index, state in enumerate(states) if state.state != "done"]
    if undone and not partial:
        raise UserError(
            f"{folder}: {len(undone)} of {len(states)} shards are not done ({_named(undone, states)});"
            f" see `strokerehab status {folder}`; the command that made the run resumes them,"
            " --partial merges without them"
        )
    with locked(folder):
        gather(folder, keep=[path for index in undone for path in answer_files(folder, index)])
        file = read_run_file(folder)
        answers = AnswersByVideo(folder / ANSWERS_NAME)
        answers.check()
        answered = answers.counts
        missing = {
            video: wanted - answered[video]
            for shard in shards.shards
            for video, wanted in shard.videos.items()
            if answered[video] < wanted
        }
        left_out = tuple(video for index in undone for video in shards.shards[index].videos if video in missing)
        problems = _problems(file, shards, states, {id: n for id, n in missing.items() if id not in set(left_out)})
        speeds = tuple(speed for one in states for speed in one.speed)
        n_asked = sum(speed.questions for speed in speeds)
        notes = tuple(dict.fromkeys((*file.notes, *(note for one in states for note in one.notes))))
        notes = with_note_on_secrets(notes, folder / ANSWERS_NAME)
        update: dict[str, object] = {
            "status": "partial" if undone else "incomplete" if problems else "finished",
            "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
            "fingerprint": next((one.fingerprint for one in states if one.fingerprint), None),
            "device": next((one.device for one in states if one.device), None),
            "weights": next((one.weights for one in states if one.weights), None),
            "problems": problems,
            "n_asked": n_asked,
            "speed": speeds,
            "left_out": left_out,
            "notes": notes,
            **({} if undone or problems else {"command_complete": True}),
        }
        if (hidden := recorded_states(folder)) is not None:
            update["hidden"] = hidden
        reused = together(part for one in states for part in one.reused)
        own = next((one.under for one in states if one.under), None)
        if own and reused:
            update["reused"] = reused
            if is_worth_a_note(reused, own, n_asked):
                note = describe_reuse(reused, own, n_asked)
                update["notes"] = tuple(dict.fromkeys((*notes, note)))
        write_run_file(folder, file.model_copy(update=update))
        has_truth = file.kind != FEATURES and not {video.video_id for video in file.videos if video.truth} <= set(
            left_out
        )
        del file  # scoring reads it again; two of it would double the peak memory
        scores = write_scores(folder, answers) if has_truth else None
    reasons = (*(problem.reason for problem in problems), *answers.damaged)
    return Merged(folder, scores, reasons, left_out)


def _problems(
    file: RunFile, shards: Shards, states: Sequence[ShardState], missing: Mapping[str, int]
) -> tuple[Problem, ...]:
    """Return what the plan found wrong, the problems of the shards, and videos without all their answers."""
    problems = [*file.problems_planned, *(problem for one in states for problem in one.problems)]
    known = {problem.video_id for problem in problems}
    wanted = {video: number for shard in shards.shards for video, number in shard.videos.items()}
    for video in file.videos:
        id = video.video_id
        if id in missing and id not in known:
            problems.append(Problem(id, f"{id}: {missing[id]} of {wanted[id]} questions got no answer"))
    return tuple(problems)


def _named(undone: Sequence[int], states: Sequence[ShardState]) -> str:
    return listed(f"{index} {states[index].state}" for index in undone)
