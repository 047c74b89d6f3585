"""What may change the answers or the scores of a run, as names and values that can be put side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.secret_names import MARK, is_secret
from lmms_eval_plugins.runs.run_file import RunFile
from lmms_eval_plugins.runs.shown_name import CHANGES_NO_ANSWER, PERTURB, WAYS, card_settings, short_setting

_SAMPLING = {
    "strategy": "sampling_strategy",
    "fps": "sampling_fps",
    "frames": "max_frames_num",
    "overlap": "overlap_frames_num",
}
"""Field of a sampling → its key on the command line."""

PRECISION = ("dtype", "quantization")
"""Settings by which a network computes with fewer bits, by the names that they are recorded under."""

_TOLD_ELSEWHERE = frozenset({"data", "folder", "checkout", "ways", "sampling", "scoring", "reading", "pose"})
"""Settings of a task that are places of one machine, or that stand under names of their own."""

_HOW_ANSWERED = frozenset({"shares_prefix", "frames", "because"})
"""What a run's weights say of how they answered, which is proved to change no answer."""


@dataclass(frozen=True, slots=True)
class RecordedSettings:
    """What was set, as a run's file or a log's summary says it; no secrets, no folders of one machine.

    Attributes:
        settings: name → value in a few characters, of whatever may change answers or scores, in a fixed order.
        versions: the same of what should not: program, packages, device, commit.
    """

    settings: Mapping[str, str]
    versions: Mapping[str, str]


def settings_of_file(file: RunFile) -> RecordedSettings:
    """Return what was set for one of our runs."""
    sampling = {_SAMPLING.get(name, name): value for name, value in file.sampling.items()}
    arguments = {**card_settings(file.card), **file.wrapper_args}
    pose = file.settings.get("pose") if file.scoring and (file.scoring.needs_pose or file.settings.get("crop")) else {}
    questions = file.question_set
    groups: Mapping[str, Mapping[str, object]] = {
        "windows": sampling,
        "args": {
            name: value
            for name, value in arguments.items()
            if name not in WAYS and name != PERTURB and _may_matter(name, value)
        },
        "wrapper": {"wrapper": file.card.get("wrapper")},
        "generation": file.generation or {},
        "seeds": {f"seed_{name}": seed for name, seed in file.seeds.items()},
        "task": {name: value for name, value in file.settings.items() if name not in _TOLD_ELSEWHERE},
        "question set": {"question_set_version": questions.version if questions else None},
        "wording": {"wording": _mark([question.model_dump(mode="json") for question in file.questions])},
        "reading": {"reading": file.reading},
        "scoring": dict(file.scoring) if file.scoring else {},
        "pose": pose if isinstance(pose, Mapping) else {},
        "scheme": {"scheme": file.label_scheme.name},
        "videos": {"videos": f"{len(file.videos)} {_mark(sorted(video.video_id for video in file.videos))}"},
        "weights": _of_weights(file.weights or {}),
    }
    settings: dict[str, str] = {}
    for group, values in groups.items():
        for name, value in _flat(values):
            if settings.setdefault(name, value) != value:
                settings[f"{group}.{name}"] = value
    versions = {**file.versions, "git_revision": (file.git_revision or "")[:8] or None, "device": file.device}
    return RecordedSettings(settings, dict(_flat(versions)))


def settings_of_arguments(arguments: Mapping[str, str]) -> RecordedSettings:
    """Return what was set for a published log, from the arguments of its model; versions are not known."""
    return RecordedSettings(
        {name: short_setting(value) for name, value in arguments.items() if _may_matter(name, value)}, {}
    )


def _of_weights(weights: Mapping[str, object]) -> dict[str, object]:
    """Return how the network computed, by names of their own, and a mark of what else is known of its weights."""
    by_name = {name: value for name, value in weights.items() if name in (*PRECISION, "engine")}
    rest = {name: value for name, value in weights.items() if name not in by_name and name not in _HOW_ANSWERED}
    return {**by_name, "weights": _mark(rest) if rest else None}


def _may_matter(name: str, value: object) -> bool:
    return name not in CHANGES_NO_ANSWER and not is_secret(name) and value not in (None, MARK)


def _mark(value: object) -> str:
    """Return a mark by which what is long differs from another one."""
    return f"#{digest(value)[:4]}"


def _flat(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield settings and those within them, by the name of the innermost; what is None was not set."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        elif hasattr(value, "model_dump"):
            yield from _flat(value.model_dump(mode="json"))
        elif value is not None:
            yield name, short_setting(f"{value:g}" if isinstance(value, float) else value)
