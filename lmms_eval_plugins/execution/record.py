"""What ``run.json`` says: everything needed to trust, score and repeat a run without the videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.secrets import is_secret
from lmms_eval_plugins.execution.plan import TaskPlan
from lmms_eval_plugins.machine.versions import git_revision, versions
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.tasks.videos import Video

DEMO_ONLY = "this model was trained on demo scenes: its answers mean nothing about other videos"
"""What a run of the demo model says of itself."""

SEEDS = {"random": 0, "numpy": 1234, "torch": 1234}
"""The seeds that lmms-eval sets before a run."""


def describe_run(card: ModelCard, wrapper_args: Mapping[str, Any], task: TaskPlan) -> dict[str, Any]:
    """The fixed part of ``run.json``; what `lmms_eval_plugins.runs.run` reads."""
    settings = task.spec.dataset_kwargs
    return {
        "task": task.spec.task,
        "model": card.name,
        "label": card.about,
        "kind": card.kind,
        "card": {**card.model_dump(mode="json"), "args": _without_secrets(card.args)},
        "wrapper_args": _without_secrets(wrapper_args),
        "settings": settings.model_dump(mode="json"),
        "generation": task.spec.generation_kwargs,
        "sampling": settings.sampling.model_dump(mode="json"),
        "scoring": settings.scoring.model_dump(mode="json"),
        "reading": settings.reading,
        "questions": [
            {
                **question.model_dump(mode="json", exclude={"answer"}, exclude_none=True),
                **question.answer.model_dump(mode="json"),
            }
            for question in task.questions.questions
        ],
        "question_set": {"id": task.questions.id, "version": task.questions.version},
        "videos": [_describe_video(video, task) for video in task.prepared.videos],
        "notes": [*task.prepared.notes, *([DEMO_ONLY] if card.demo_only else [])],
        "versions": versions(),
        "git_revision": git_revision(),
        "seeds": SEEDS,
    }


def asked_hash(described: Mapping[str, Any]) -> str:
    """Hash of what a run asks: the same means that answers of one are answers of the other, of the same weights."""
    return digest(*(described[name] for name in ("task", "card", "settings", "generation", "questions", "videos")))


def _describe_video(video: Video, task: TaskPlan) -> dict[str, Any]:
    described: dict[str, Any] = {
        "video_id": video.video_id,
        "patient": video.patient,
        "cohort": video.cohort or "",
        "activity": video.activity or "",
        "hand": video.hand or "",
        "fps": video.fps,
        "n_frames": video.n_frames,
        "truth": task.spec.dataset_kwargs.assessment.write_truth(video.truth),
        "windows": [[window.start_s, window.end_s] for window in video.windows],
    }
    if any(window.pose for window in video.windows):
        described |= {
            "poses": [window.pose for window in video.windows],
            "shown": [len(window.frames) for window in video.windows],
        }
    if video.arm:
        described |= {"arm": video.arm, "asked": [question.id for question in video.questions_of(task.questions)]}
    return described


def _without_secrets(args: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "(hidden)" if is_secret(key) else value for key, value in args.items()}
