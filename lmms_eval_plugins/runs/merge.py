"""From the shards of a run to the run: answers in one file, ``run.json`` to its end, the scores of a single process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.listing import listed
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.folder import COMPLETE, RUN_FILE, locked, read_run_json, write_json
from lmms_eval_plugins.runs.gather import gather
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.runs.scores import write_scores
from lmms_eval_plugins.runs.shards import (
    SHARDS_FILE,
    Shards,
    ShardState,
    answer_files,
    is_sharded,
    read_shards,
    read_state,
)


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged run.

    Attributes:
        folder: the run's folder.
        scores: its scores, or None where no truth is known.
        problems: what could not be asked about, and why.
        left_out: videos that no finished shard has answered; only where that was allowed.
    """

    folder: Path
    scores: ScoredRun | None
    problems: tuple[str, ...]
    left_out: tuple[str, ...]


def sharded_runs(paths: Sequence[Path]) -> list[Path]:
    """The run folders with shards that some paths mean: run folders, or folders of them, at any depth.

    Raises:
        UserError: there is none in one of them.
    """
    found: list[Path] = []
    for path in paths:
        inside = [path] if is_sharded(path) else sorted(file.parent for file in path.rglob(SHARDS_FILE))
        if not inside:
            raise UserError(f"{path}: no run of several shards, at any depth; those of `--slurm` are")
        found += inside
    return list(dict.fromkeys(found))


def merge_run(folder: Path, partial: bool = False) -> Merged:
    """Put together what the shards of a run have answered, and score it; again is no harm.

    Args:
        folder: the run's folder.
        partial: without shards that are not done: the videos that these have not answered wholly are left out of the
            scores, and whoever reads the run is told.

    Raises:
        UserError: shards are not done, someone else works on the run, or its answers cannot be scored.
    """
    shards = read_shards(folder)
    states = [read_state(folder, index) for index in range(len(shards.shards))]
    undone = [index for index, state in enumerate(states) if state.state != "done"]
    if undone and not partial:
        raise UserError(
            f"{folder}: {len(undone)} of {len(states)} shards are not done ({_named(undone, states)});"
            f" `strokerehab status {folder}` says more; the same command as before works on them again,"
            " --partial merges without them"
        )
    with locked(folder):
        gather(folder, keep=[path for index in undone for path in answer_files(folder, index)])
        state = read_run_json(folder)
        answers = AnswersByVideo(folder / ANSWERS_NAME)
        answered = answers.counts
        missing = {
            video: asked - answered[video]
            for shard in shards.shards
            for video, asked in shard.videos.items()
            if answered[video] < asked
        }
        left_out = [video for index in undone for video in shards.shards[index].videos if video in missing]
        problems = _problems(state, shards, states, {id: n for id, n in missing.items() if id not in set(left_out)})
        speeds = [speed for one in states for speed in one.speed]
        state |= {
            "status": "partial" if undone else "incomplete" if problems else "finished",
            "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
            "fingerprint": next((one.fingerprint for one in states if one.fingerprint), None),
            "device": next((one.device for one in states if one.device), None),
            "weights": next((one.weights for one in states if one.weights), None),
            "problems": problems,
            "n_asked": sum(speed["questions"] for speed in speeds),
            "speed": speeds,
            "left_out": left_out,
        }
        if not undone and not problems:
            state[COMPLETE] = True
        write_json(folder / RUN_FILE, state)
        to_score = {video["video_id"] for video in state["videos"] if video["truth"]} - set(left_out)
        del state
        scores = write_scores(folder, answers) if to_score else None
    return Merged(folder, scores, tuple(problem["reason"] for problem in problems), tuple(left_out))


def _problems(
    state: Mapping[str, Any], shards: Shards, states: Sequence[ShardState], missing: Mapping[str, int]
) -> list[dict[str, str]]:
    """What the plan found wrong, what the shards did, and videos without all their answers."""
    problems = [*state.get("problems_planned", ()), *(problem for one in states for problem in one.problems)]
    told = {problem["video_id"] for problem in problems}
    asked = {video: number for shard in shards.shards for video, number in shard.videos.items()}
    for video in state["videos"]:
        id = video["video_id"]
        if id in missing and id not in told:
            reason = f"{id}: {missing[id]} of {asked[id]} questions got no answer"
            problems.append({"video_id": id, "reason": reason})
    return problems


def _named(undone: Sequence[int], states: Sequence[ShardState]) -> str:
    return listed(f"{index} {states[index].state}" for index in undone)
